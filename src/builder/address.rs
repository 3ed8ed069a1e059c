//! Addresses of a buildkitd, as given to `--builder` or `BUILDKIT_HOST`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use crate::diagnostic::{Report, Result, nearest};
use crate::docker::config::redact;
use crate::docker::plugin::Files;

/// The schemes buildx's remote driver takes, with an example each.
const SCHEMES: [(&str, &str); 5] = [
    ("tcp", "tcp://HOST:1234"),
    ("unix", "unix:///run/buildkit/buildkitd.sock"),
    ("ssh", "ssh://USER@HOST"),
    ("docker-container", "docker-container://NAME"),
    ("kube-pod", "kube-pod://POD?namespace=NAMESPACE"),
];

/// The parameters that become TLS options of the builder.
const TLS_KEYS: [&str; 4] = ["cacert", "cert", "key", "servername"];

/// The address of a buildkitd that is reached directly. `Display` gives it without the TLS parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// As buildx's remote driver takes it: without the TLS parameters.
    pub endpoint: String,
    /// `cacert`, `cert`, `key` (absolute paths) and `servername`; empty = no TLS.
    pub tls: BTreeMap<String, String>,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.endpoint)
    }
}

impl Address {
    /// Reads `scheme://…[?cacert=…&cert=…&key=…&servername=…]`.
    ///
    /// Everything buildx would only find out after 20 seconds of dialling is an error here: an unknown scheme, a
    /// missing port, an unknown parameter, TLS files that do not exist. (A socket may be made while a build waits for
    /// it.) No error shows a password.
    pub fn parse(value: &str, files: &dyn Files) -> Result<Self> {
        let wrong = |why: String| {
            Report::user(format!("{} is not the address of a buildkitd", redact(value))).cause(why)
        };
        let (scheme, rest) = value.split_once("://").unwrap_or(("", value));
        let Some((_, example)) = SCHEMES.iter().find(|(known, _)| *known == scheme) else {
            let schemes = SCHEMES.map(|(known, _)| format!("{known}://"));
            let mut report = wrong(format!("the scheme {scheme}:// is not known"));
            if let Some(near) = nearest(scheme, SCHEMES.map(|(known, _)| known)) {
                report = report.hint(format!("did you mean {near}://?"));
            }
            return Err(Box::new(report.hint(format!("use one of {}", schemes.join(", ")))));
        };
        let wrong = |why: &str| Box::new(wrong(why.to_owned()).hint(format!("write it as `{example}`")));

        if rest.contains('#') {
            return Err(wrong("it has a fragment (`#…`)"));
        }
        let (target, query) = rest.split_once('?').unwrap_or((rest, ""));
        let authority = target.split('/').next().unwrap_or_default();
        if scheme != "unix" && authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
            return Err(wrong("it holds a password"));
        }
        match scheme {
            "tcp" if !has_host_and_port(target) => return Err(wrong("it needs a host and a port")),
            "unix" if !Path::new(target).is_absolute() => {
                return Err(wrong("it needs the absolute path of a socket"));
            }
            "ssh" if authority.rsplit('@').next().is_none_or(str::is_empty) => {
                return Err(wrong("it needs a host"));
            }
            "docker-container" | "kube-pod" if authority.is_empty() => return Err(wrong("it needs a name")),
            _ => {}
        }

        let (kept, tls) = parameters(scheme, query).map_err(|why| wrong(&why))?;
        if !tls.is_empty() {
            check_tls(value, scheme, &tls, files)?;
        }
        let query = if kept.is_empty() {
            String::new()
        } else {
            format!("?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish())
        };
        Ok(Self { endpoint: format!("{scheme}://{target}{query}"), tls })
    }
}

type Parameters = (Vec<(String, String)>, BTreeMap<String, String>);

/// Splits the query into what the connection itself takes and the TLS options.
fn parameters(scheme: &str, query: &str) -> Result<Parameters, String> {
    let own: &[&str] = match scheme {
        "kube-pod" => &["context", "namespace", "container"],
        "docker-container" => &["context"],
        _ => &[],
    };
    let mut kept = vec![];
    let mut tls = BTreeMap::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        if own.contains(&key.as_ref()) {
            kept.push((key.into_owned(), value.into_owned()));
        } else if scheme == "tcp" && TLS_KEYS.contains(&key.as_ref()) {
            tls.insert(key.into_owned(), value.into_owned());
        } else if TLS_KEYS.contains(&key.as_ref()) {
            return Err(format!("{scheme}:// has no TLS of its own, so {key} means nothing"));
        } else {
            let known = if scheme == "tcp" { &TLS_KEYS } else { own };
            let near = nearest(&key, known.iter().copied());
            let near = near.map(|near| format!(", did you mean {near}?")).unwrap_or_default();
            return Err(format!("it has the unknown parameter {key}{near}"));
        }
    }
    Ok((kept, tls))
}

/// The rules of buildx's remote driver (`driver/remote/factory.go`), and that the files are there.
fn check_tls(value: &str, scheme: &str, tls: &BTreeMap<String, String>, files: &dyn Files) -> Result<()> {
    let report =
        |why: String| Report::user(format!("the TLS parameters of {} do not fit", redact(value))).cause(why);
    for key in ["cacert", "cert", "key"] {
        let Some(path) = tls.get(key) else { continue };
        if !Path::new(path).is_absolute() {
            return Err(Box::new(
                report(format!("{key}={path} is a relative path"))
                    .hint(format!("give the absolute path: `{scheme}://…?{key}=/…/{path}`")),
            ));
        }
        if !files.exists(Path::new(path)) {
            return Err(Box::new(
                report(format!("the file {path} ({key}) does not exist"))
                    .hint("check the path, or copy the file there"),
            ));
        }
    }
    if !tls.contains_key("cacert") {
        return Err(Box::new(report("cacert is missing".to_owned()).hint(
            "add `cacert=/…/ca.pem`, the authority that signed the builder's certificate (for a public one, the system's bundle)",
        )));
    }
    for (one, other) in [("cert", "key"), ("key", "cert")] {
        if tls.contains_key(one) && !tls.contains_key(other) {
            let why = format!("{one} is given and {other} is missing");
            return Err(Box::new(report(why).hint(format!("add `{other}=/…/{other}.pem`"))));
        }
    }
    Ok(())
}

fn has_host_and_port(target: &str) -> bool {
    let Some((host, port)) = target.rsplit_once(':') else { return false };
    let bare_ipv6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
    !host.is_empty() && !host.contains('/') && !bare_ipv6 && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pems;

    impl Files for Pems {
        fn exists(&self, path: &Path) -> bool {
            path.starts_with("/pem")
        }
        fn is_program(&self, _: &Path) -> bool {
            false
        }
    }

    #[test]
    fn addresses_that_work() {
        for (given, endpoint, tls) in [
            ("tcp://h:1234", "tcp://h:1234", vec![]),
            ("tcp://[::1]:1234", "tcp://[::1]:1234", vec![]),
            ("unix:///run/bk.sock", "unix:///run/bk.sock", vec![]),
            ("ssh://me@far:22", "ssh://me@far:22", vec![]),
            ("ssh://far/run/x.sock", "ssh://far/run/x.sock", vec![]),
            ("docker-container://bk?context=far", "docker-container://bk?context=far", vec![]),
            (
                "kube-pod://bk-0?namespace=ci&container=buildkitd",
                "kube-pod://bk-0?namespace=ci&container=buildkitd",
                vec![],
            ),
            (
                "tcp://h:1?cacert=/pem/ca%20x.pem&cert=/pem/c&key=/pem/k&servername=bk.test",
                "tcp://h:1",
                vec![
                    ("cacert", "/pem/ca x.pem"),
                    ("cert", "/pem/c"),
                    ("key", "/pem/k"),
                    ("servername", "bk.test"),
                ],
            ),
            ("tcp://h:1?cacert=/pem/ca", "tcp://h:1", vec![("cacert", "/pem/ca")]),
        ] {
            let address = Address::parse(given, &Pems).unwrap();
            assert_eq!(address.to_string(), endpoint, "{given}");
            let options: Vec<_> = address.tls.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            assert_eq!(options, tls, "{given}");
        }
    }

    #[test]
    fn addresses_that_do_not() {
        for (given, want) in [
            ("tpc://h:1", "did you mean tcp://?"),
            ("http://h:1", "the scheme http:// is not known"),
            ("tcp://h", "it needs a host and a port"),
            ("tcp://:1234", "it needs a host and a port"),
            ("tcp://h:0", "it needs a host and a port"),
            ("tcp://h:99999", "it needs a host and a port"),
            ("tcp://h:1/x", "it needs a host and a port"),
            ("tcp://::1:1234", "it needs a host and a port"),
            ("tcp://h:1#x", "it has a fragment"),
            ("tcp://h:1?cacrt=/pem/ca", "unknown parameter cacrt, did you mean cacert?"),
            ("tcp://h:1?cacert=ca.pem", "cacert=ca.pem is a relative path"),
            ("tcp://h:1?cacert=/none/ca.pem", "the file /none/ca.pem (cacert) does not exist"),
            ("tcp://h:1?servername=x", "cacert is missing"),
            ("tcp://h:1?cacert=/pem/ca&cert=/pem/c", "cert is given and key is missing"),
            ("tcp://h:1?cacert=/pem/ca&key=/pem/k", "key is given and cert is missing"),
            ("unix://run/bk.sock", "it needs the absolute path of a socket"),
            ("unix:///run/bk.sock?cacert=/pem/ca", "unix:// has no TLS of its own"),
            ("ssh://", "it needs a host"),
            ("ssh://me@", "it needs a host"),
            ("ssh://h?socket=x", "unknown parameter socket"),
            ("docker-container://", "it needs a name"),
            ("docker-container:///x", "it needs a name"),
            ("kube-pod://?namespace=x", "it needs a name"),
            ("kube-pod://p?kubeconfig=/x", "unknown parameter kubeconfig"),
        ] {
            let report = Address::parse(given, &Pems).unwrap_err();
            let text = format!("{} {:?}", report, report.hints);
            assert!(text.contains(want), "{given}: {text}");
            assert!(!report.hints.is_empty(), "{given}");
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for given in ["ssh://me:s3cret@h", "tcp://me:s3cret@h:1", "tpc://me:s3cret@h:1"] {
            let report = Address::parse(given, &Pems).unwrap_err();
            assert!(!format!("{report:?}").contains("s3cret"), "{given}");
        }
    }
}
