//! Why TLS keeps a builder from answering: says hello in plain text first, then as BuildKit's client does.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::ClientConnection;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::connect;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(1);

/// Why there is no TLS connection. `Display` gives the cause as a sentence about the builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It wants TLS, and nothing is configured.
    Unconfigured,
    /// It speaks plain text, and certificates are configured.
    PlainText,
    /// A configured file is no use; what is wrong with it.
    File(String),
    /// The configured authority did not sign its certificate.
    UnknownAuthority {
        /// The configured authority's file.
        cacert: String,
    },
    /// Its certificate is for other names.
    OtherName {
        /// The name it was looked for by.
        wanted: String,
        /// The names and addresses in the certificate.
        names: Vec<String>,
    },
    /// Its certificate is too old or too new.
    OutOfDate(&'static str),
    /// It wants to see a certificate, and none is configured.
    NoCertificate,
    /// It does not take the configured certificate.
    RefusedCertificate {
        /// The certificate's file.
        cert: String,
        /// What it has against it, where that is known.
        why: Option<&'static str>,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unconfigured => f.write_str("it wants TLS, and no certificates are configured for it"),
            Self::PlainText => f.write_str("it speaks plain text, and certificates are configured for it"),
            Self::File(why) => f.write_str(why),
            Self::UnknownAuthority { cacert } => {
                write!(f, "its certificate is not signed by the authority in {cacert}")
            }
            Self::OtherName { wanted, names } if names.is_empty() => {
                write!(f, "its certificate is not for {wanted}: it names no host at all")
            }
            Self::OtherName { wanted, names } => {
                write!(f, "its certificate is for {}, not for {wanted}", names.join(", "))
            }
            Self::OutOfDate(why) => write!(f, "its certificate {why}"),
            Self::NoCertificate => {
                f.write_str("it wants a client certificate, and none is configured for it")
            }
            Self::RefusedCertificate { cert, why: None } => {
                write!(f, "it refuses the client certificate {cert}")
            }
            Self::RefusedCertificate { cert, why: Some(why) } => {
                write!(f, "it refuses the client certificate {cert}: {why}")
            }
        }
    }
}

/// The fault between the builder at a `tcp://` address and its TLS options (`cacert`, `cert`, `key`, `servername`; none
/// = plain text). `None` = TLS is not what keeps it from answering, or nobody can tell.
pub(crate) async fn fault(endpoint: &str, options: &BTreeMap<String, String>) -> Option<Fault> {
    let address = endpoint.strip_prefix("tcp://")?;
    let cacert = options.get("cacert");
    match (wants_tls(address).await?, cacert) {
        (false, None) => None,
        (true, None) => Some(Fault::Unconfigured),
        (false, Some(_)) => Some(Fault::PlainText),
        (true, Some(cacert)) => {
            let config = match client(cacert, options) {
                Ok(config) => config,
                Err(why) => return Some(Fault::File(why)),
            };
            let host = address.rsplit_once(':').map_or(address, |(host, _)| host).trim_matches(['[', ']']);
            let wanted = options.get("servername").map_or(host, String::as_str);
            let error = handshake(address, wanted, config).await?;
            explain(error, cacert, options.get("cert"), wanted)
        }
    }
}

/// Whether TLS is spoken there, and not gRPC in plain text; `None` = neither, as far as can be seen.
async fn wants_tls(address: &str) -> Option<bool> {
    let mut stream = connect(address).await.ok()?;
    // The first bytes of HTTP/2: a server that wants TLS answers with an alert (or hangs up), one that speaks gRPC
    // answers with its settings frame.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.ok()?;
    let mut answer = [0; 9];
    let read = tokio::time::timeout(ANSWER, stream.read(&mut answer)).await.ok()?.ok()?;
    // A TLS record of the kind "alert", or an HTTP/2 frame of the kind "settings".
    match (read == 0 || answer[0] == 0x15, read > 3 && answer[3] == 0x04) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

/// What BuildKit's client makes of the options. The error says which file is wrong.
fn client(cacert: &str, options: &BTreeMap<String, String>) -> Result<ClientConfig, String> {
    let mut authorities = RootCertStore::empty();
    // Like there, what is no certificate is passed over while there is another one.
    authorities.add_parsable_certificates(certificates(cacert)?);
    if authorities.is_empty() {
        return Err(format!("{cacert} holds no certificate of an authority"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(authorities);
    let mut config = match (options.get("cert"), options.get("key")) {
        (Some(cert), Some(key)) => {
            let chain = certificates(cert)?;
            let secret = PrivateKeyDer::from_pem_slice(&read(key)?)
                .map_err(|_| format!("{key} holds no private key"))?;
            builder.with_client_auth_cert(chain, secret).map_err(|error| match error {
                Error::InconsistentKeys(_) => format!("{key} is not the key of {cert}"),
                error => format!("{cert} and {key} cannot be used: {error}"),
            })?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

fn read(path: &str) -> Result<Vec<u8>, String> {
    fs_err::read(path).map_err(|error| error.to_string())
}

fn certificates(path: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Vec<_> = CertificateDer::pem_slice_iter(&read(path)?).filter_map(Result::ok).collect();
    if all.is_empty() { Err(format!("{path} holds no certificate")) } else { Ok(all) }
}

/// Says hello, and listens until the server has said something that only a satisfied one says. `None` = it has, or
/// nothing more comes.
async fn handshake(address: &str, name: &str, config: ClientConfig) -> Option<Error> {
    let name = ServerName::try_from(name.to_owned()).ok()?;
    let mut client = ClientConnection::new(Arc::new(config), name).ok()?;
    let mut stream = connect(address).await.ok()?;
    let talk = async {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let mut out = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut out).ok()?;
            }
            // A server that has hung up may have said why before.
            stream.write_all(&out).await.ok();
            let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
            let mut received = &buffer[..count];
            while !received.is_empty() {
                client.read_tls(&mut received).ok()?;
                match client.process_new_packets() {
                    Ok(state) if state.plaintext_bytes_to_read() > 0 => return None,
                    Ok(_) => {}
                    Err(error) => return Some(error),
                }
            }
        }
    };
    tokio::time::timeout(ANSWER, talk).await.ok().flatten()
}

/// What an error of the handshake means. `None` = it need not be one for BuildKit's client, which is less strict.
fn explain(error: Error, cacert: &str, cert: Option<&String>, wanted: &str) -> Option<Fault> {
    use AlertDescription as Alert;
    match error {
        Error::InvalidCertificate(error) => match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Some(Fault::UnknownAuthority { cacert: cacert.to_owned() })
            }
            CertificateError::NotValidForNameContext { presented, .. } => Some(Fault::OtherName {
                wanted: wanted.to_owned(),
                names: presented.iter().map(|name| plain_name(name).to_owned()).collect(),
            }),
            CertificateError::NotValidForName => {
                Some(Fault::OtherName { wanted: wanted.to_owned(), names: vec![] })
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Some(Fault::OutOfDate("has expired"))
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Some(Fault::OutOfDate("is not valid yet"))
            }
            _ => None,
        },
        Error::AlertReceived(alert) => {
            let about_ours = matches!(
                alert,
                Alert::CertificateRequired
                    | Alert::NoCertificate
                    | Alert::BadCertificate
                    | Alert::UnsupportedCertificate
                    | Alert::CertificateRevoked
                    | Alert::CertificateExpired
                    | Alert::CertificateUnknown
                    | Alert::UnknownCA
                    | Alert::AccessDenied
            );
            let why = match alert {
                Alert::UnknownCA => Some("an authority that it does not know has signed it"),
                Alert::CertificateExpired => Some("it has expired"),
                Alert::CertificateRevoked => Some("it has been revoked"),
                _ => None,
            };
            match cert {
                _ if !about_ours => None,
                None => Some(Fault::NoCertificate),
                Some(cert) => Some(Fault::RefusedCertificate { cert: cert.clone(), why }),
            }
        }
        _ => None,
    }
}

/// The name in `DnsName("localhost")` and `IpAddress(127.0.0.1)`.
fn plain_name(presented: &str) -> &str {
    let inside = presented.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inside.unwrap_or(presented).trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_told_apart() {
        let cert = "/c.pem".to_owned();
        let alert = Error::AlertReceived;
        let rows = [
            (
                Error::InvalidCertificate(CertificateError::UnknownIssuer),
                None,
                "its certificate is not signed by the authority in /ca.pem",
            ),
            (
                Error::InvalidCertificate(CertificateError::NotValidForNameContext {
                    expected: ServerName::try_from("h").unwrap(),
                    presented: vec!["DnsName(\"localhost\")".into(), "IpAddress(127.0.0.1)".into()],
                }),
                None,
                "its certificate is for localhost, 127.0.0.1, not for h",
            ),
            (
                Error::InvalidCertificate(CertificateError::NotValidForName),
                None,
                "its certificate is not for h: it names no host at all",
            ),
            (Error::InvalidCertificate(CertificateError::Expired), None, "its certificate has expired"),
            (
                alert(AlertDescription::CertificateRequired),
                None,
                "it wants a client certificate, and none is configured for it",
            ),
            (
                alert(AlertDescription::BadCertificate),
                Some(&cert),
                "it refuses the client certificate /c.pem",
            ),
            (
                alert(AlertDescription::UnknownCA),
                Some(&cert),
                "it refuses the client certificate /c.pem: an authority that it does not know has signed it",
            ),
            (alert(AlertDescription::InternalError), Some(&cert), ""),
            (Error::InvalidCertificate(CertificateError::BadEncoding), Some(&cert), ""),
        ];
        for (error, cert, text) in rows {
            let what = format!("{error:?}");
            let fault = explain(error, "/ca.pem", cert, "h");
            assert_eq!(fault.map(|f| f.to_string()).unwrap_or_default(), text, "{what}");
        }
    }

    #[test]
    fn files_that_are_no_use_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs_err::write(&path, text).unwrap();
            path.display().to_string()
        };
        let nothing = file("nothing.pem", "hello");
        let none = BTreeMap::new();
        assert_eq!(client(&nothing, &none).unwrap_err(), format!("{nothing} holds no certificate"));
        let missing = folder.path().join("missing.pem").display().to_string();
        assert!(client(&missing, &none).unwrap_err().contains("missing.pem"));
    }
}
