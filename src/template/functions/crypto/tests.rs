//! What is another in each run. What is the same is in the tables of testdata/template.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::{Decode, Encode};
use dsa::KeySize;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};

use super::keys::Key;
use super::pem;
use crate::template::{Context, expand};

/// Noon of a day in 2024.
fn context() -> Context {
    Context::default().at("2024-03-05T12:00:00Z".parse().unwrap())
}

fn run(template: &str) -> String {
    expand(template, &context()).unwrap_or_else(|error| panic!("{template}: {error}"))
}

fn wrong(template: &str) -> String {
    expand(template, &context()).expect_err(template).reason
}

/// The texts that a template prints with bars between.
fn parts<const N: usize>(template: &str) -> [String; N] {
    let texts: Vec<String> = run(template).split('|').map(str::to_owned).collect();
    texts.try_into().unwrap_or_else(|texts| panic!("{template}: {texts:?}"))
}

/// Those of a usual size take seconds.
#[expect(deprecated, reason = "it is too short to be used")]
fn short_dsa() -> String {
    Key::dsa(KeySize::DSA_1024_160).unwrap().to_pem().unwrap()
}

fn certificate(text: &str) -> Certificate {
    let (label, bytes) = pem::read(text).unwrap();
    assert_eq!(label, "CERTIFICATE");
    Certificate::from_der(&bytes).unwrap()
}

/// Whether a certificate's signature is one of the authority's key.
fn is_signed(text: &str, by: &str, algorithm: &'static dyn VerificationAlgorithm) -> bool {
    let (certificate, by) = (certificate(text), certificate(by));
    let key = by.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes().to_vec();
    let message = certificate.tbs_certificate().to_der().unwrap();
    UnparsedPublicKey::new(algorithm, key).verify(&message, certificate.signature().raw_bytes()).is_ok()
}

/// Whether a client that trusts the authority takes the certificate for a server's, some days after the context's time.
fn is_trusted(text: &str, authority: &str, host: &str, days: u64) -> bool {
    let der = |text| CertificateDer::from(pem::read(text).unwrap().1);
    let mut roots = RootCertStore::empty();
    roots.add(der(authority)).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let seconds = u64::try_from(context().now().as_second()).unwrap() + days * 24 * 60 * 60;
    let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let host = ServerName::try_from(host).unwrap();
    verifier.verify_server_cert(&der(text), &[], &host, &[], now).is_ok()
}

#[test]
fn passwords_fit_their_hashes() {
    let [first, second, line] = parts("{{bcrypt `secret`}}|{{bcrypt `secret`}}|{{htpasswd `me` `secret`}}");
    assert_ne!(first, second);
    let (user, third) = line.split_once(':').unwrap();
    assert_eq!(user, "me");
    for hash in [&*first, third] {
        assert!(hash.starts_with("$2a$10$") && hash.len() == 60, "{hash}");
        assert!(bcrypt::verify("secret", hash).unwrap());
    }
    assert!(!bcrypt::verify("other", &first).unwrap());
}

#[test]
fn hidden_texts_come_back() {
    for text in ["a", "exactly 16 bytes", "more than a block of sixteen bytes", "héllo"] {
        let [hidden, again, shown] = parts(&format!(
            "{{{{$h := encryptAES `key` `{text}`}}}}{{{{$h}}}}|{{{{encryptAES `key` `{text}`}}}}|{{{{decryptAES `key` $h}}}}"
        ));
        assert_ne!(hidden, again);
        assert_eq!(shown, text);
    }
    // Another password shows nothing, and nearly always says so.
    let hidden = run("{{encryptAES `key` `text`}}");
    assert_ne!(
        expand(&format!("{{{{decryptAES `other` `{hidden}`}}}}"), &context()).ok(),
        Some("text".into())
    );
}

#[test]
fn keys_are_read_again() {
    let [ecdsa, ed25519] = parts("{{genPrivateKey `ecdsa`}}|{{genPrivateKey `ed25519`}}");
    let dsa = short_dsa();
    for (text, label) in [(ecdsa, "EC PRIVATE KEY"), (ed25519, "PRIVATE KEY"), (dsa, "DSA PRIVATE KEY")] {
        assert!(text.starts_with(&format!("-----BEGIN {label}-----\n")), "{text}");
        assert!(text.ends_with(&format!("\n-----END {label}-----\n")), "{text}");
        assert!(text.lines().all(|line| line.len() <= 64), "{text}");
        // What stands around a block does not matter, nor do its headers and the ends of lines.
        let (first, rest) = text.split_once('\n').unwrap();
        let around = format!("a key:\n{first}\r\nA: b\r\n\r\n{}more", rest.replace('\n', " \r\n"));
        assert_eq!(Key::from_pem(&around).unwrap().to_pem().unwrap(), text);
    }
}

#[test]
fn an_authority_signs_certificates() {
    let [authority, key, leaf, leaf_key] = parts(
        "{{$ca := genCA `root` 365}}{{$c := genSignedCertWithKey `app` (list `10.0.0.1` `::1`) (list `a.example` `b.example`) 30 $ca (genPrivateKey `ecdsa`)}}{{$ca.Cert}}|{{$ca.Key}}|{{$c.Cert}}|{{$c.Key}}",
    );
    assert!(key.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"), "{key}");
    assert!(leaf_key.starts_with("-----BEGIN EC PRIVATE KEY-----\n"), "{leaf_key}");
    assert!(is_signed(&authority, &authority, &RSA_PKCS1_2048_8192_SHA256));
    assert!(is_signed(&leaf, &authority, &RSA_PKCS1_2048_8192_SHA256));
    for host in ["a.example", "b.example", "10.0.0.1", "::1"] {
        assert!(is_trusted(&leaf, &authority, host, 29), "{host}");
        assert!(!is_trusted(&leaf, &authority, host, 31), "{host}");
    }
    assert!(!is_trusted(&leaf, &authority, "c.example", 29));
    let (root, app) = (certificate(&authority), certificate(&leaf));
    assert_eq!(root.tbs_certificate().subject().to_string(), "CN=root");
    assert_eq!(app.tbs_certificate().issuer().to_string(), "CN=root");
    assert_eq!(app.tbs_certificate().subject().to_string(), "CN=app");
    let constraints = |of: &Certificate| of.tbs_certificate().get_extension::<BasicConstraints>().unwrap();
    assert_eq!(constraints(&root), Some((true, BasicConstraints { ca: true, path_len_constraint: None })));
    assert_eq!(constraints(&app), Some((true, BasicConstraints { ca: false, path_len_constraint: None })));

    // They are taken as they are, and the key for another certificate.
    let [given, other] = [(&authority, &key), (&leaf, &leaf_key)].map(|(certificate, key)| {
        format!("(buildCustomCert `{}` `{}`)", STANDARD.encode(certificate), STANDARD.encode(key))
    });
    assert_eq!(
        run(&format!("{{{{$c := {given}}}}}{{{{$c.Cert}}}}|{{{{$c.Key}}}}")),
        format!("{authority}|{key}")
    );
    let same = format!("{{{{(genSelfSignedCertWithKey `x` nil nil 1 {given}.Key).Key}}}}");
    assert_eq!(run(&same), key);
    let mixed = format!(
        "{{{{$a := {given}}}}}{{{{$b := {other}}}}}{{{{$c := buildCustomCert (b64enc $a.Cert) (b64enc $b.Key)}}}}{{{{genSignedCertWithKey `x` nil nil 1 $c $b.Key}}}}"
    );
    assert_eq!(
        wrong(&mixed),
        "`genSignedCertWithKey`: error creating certificate: the key of the authority is not the key of its certificate"
    );
}

#[test]
fn keys_of_each_kind_sign() {
    for (kind, algorithm) in [
        ("ecdsa", &ECDSA_P256_SHA256_ASN1 as &'static dyn VerificationAlgorithm),
        ("ed25519", &ED25519 as &'static dyn VerificationAlgorithm),
    ] {
        let [key, authority, kept, leaf, own] = parts(&format!(
            "{{{{$k := genPrivateKey `{kind}`}}}}{{{{$ca := genCAWithKey `root` 2 $k}}}}{{{{$k}}}}|{{{{$ca.Cert}}}}|{{{{$ca.Key}}}}|{{{{(genSignedCertWithKey `` nil (list `a.example`) 1 $ca (genPrivateKey `ed25519`)).Cert}}}}|{{{{(genSelfSignedCertWithKey `ü*` (list `::ffff:1.2.3.4`) nil 20000 $k).Cert}}}}"
        ));
        assert_eq!(key, kept);
        assert!(is_signed(&leaf, &authority, algorithm), "{kind}");
        assert!(is_signed(&own, &own, algorithm), "{kind}");
        assert!(is_trusted(&leaf, &authority, "a.example", 0), "{kind}");
        // Whoever has no name is who the other names say.
        let names = certificate(&leaf).tbs_certificate().get_extension::<SubjectAltName>().unwrap();
        assert!(names.is_some_and(|(is_critical, _)| is_critical), "{kind}");
        let own = certificate(&own);
        assert_eq!(own.tbs_certificate().subject().to_string(), "CN=ü*");
        assert_eq!(own.tbs_certificate().validity().not_after.to_string(), "2078-12-07T12:00:00Z");
    }
}

#[test]
fn certificates_are_structs() {
    let template = "{{$c := genCAWithKey `c` 1 (genPrivateKey `ed25519`)}}";
    let rows = [
        ("{{typeOf $c}} {{kindOf $c}} {{empty $c}}", "sprig.certificate struct false"),
        ("{{eq (print $c) (print `{` $c.Cert ` ` $c.Key `}`)}}", "true"),
        ("{{$d := fromJson (toJson $c)}}{{keys $d}} {{eq $d.Key $c.Key}}", "[Cert Key] true"),
        ("{{hasPrefix `sprig.certificate{Cert:\"-----BEGIN` (printf `%#v` $c)}}", "true"),
    ];
    for (rest, expected) in rows {
        assert_eq!(run(&format!("{template}{rest}")), expected, "{rest}");
    }
    for rest in ["{{$c.Other}}", "{{range $c}}{{end}}", "{{keys $c}}", "{{len $c}}", "{{index $c `Key`}}"] {
        let reason = wrong(&format!("{template}{rest}"));
        assert!(!reason.contains("BEGIN"), "{reason}");
    }
}

#[test]
fn keys_that_do_not_fit_are_refused() {
    let dsa = short_dsa();
    let rows = [
        (
            format!("{{{{genCAWithKey `c` 1 `{dsa}`}}}}"),
            "`genCAWithKey`: error creating certificate: only RSA, ECDSA and Ed25519 keys are supported",
        ),
        (
            "{{$c := genCAWithKey `c` 1 (genPrivateKey `ed25519`)}}{{buildCustomCert (b64enc $c.Cert) (b64enc `x`)}}".into(),
            "`buildCustomCert`: error parsing private key: no PEM data in input",
        ),
        (
            "{{$c := genCAWithKey `c` 1 (genPrivateKey `ed25519`)}}{{genCAWithKey `d` 1 $c.Cert}}".into(),
            "`genCAWithKey`: parsing private key: no private key data in PEM block",
        ),
        (
            "{{genCAWithKey `c` 3000000 (genPrivateKey `ed25519`)}}".into(),
            "`genCAWithKey`: error creating certificate: the days end outside of the years 1970 to 9999",
        ),
    ];
    for (template, expected) in rows {
        assert_eq!(wrong(&template), expected);
    }
}

#[test]
fn keys_have_a_bound() {
    let reason = wrong("{{range until 1000}}{{$_ := genPrivateKey `ed25519`}}{{end}}");
    assert_eq!(reason, "`genPrivateKey`: the template does too much");
}
