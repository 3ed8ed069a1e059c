//! Builders that cannot be reached, or only without TLS.

use std::collections::BTreeMap;

use crate::builder::probe::Fault;
use crate::builder::{Builder, Choice};
use crate::diagnostic::Report;

/// The builder does not accept connections.
pub(in crate::engine) fn unreachable(choice: &Choice, endpoint: &str, cause: &str) -> Box<Report> {
    Box::new(
        Report::user(format!("builder {} cannot be reached", at(choice, endpoint)))
            .cause(cause)
            .hint("check that its buildkitd runs and listens there")
            .hint(format!("or choose another builder: it comes from {}", choice.reason)),
    )
}

/// The builder accepts connections, but TLS with these options does not work out.
pub(in crate::engine) fn tls(
    choice: &Choice,
    endpoint: &str,
    options: &BTreeMap<String, String>,
    fault: &Fault,
) -> Box<Report> {
    let report = Report::user(format!("no TLS connection to builder {}", at(choice, endpoint))).cause(fault);
    // The builder with some of its options replaced.
    let with = |changes: &[(&str, &str)]| {
        let mut options: BTreeMap<&str, &str> =
            options.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        options.extend(changes.iter().copied());
        configured(&choice.builder, endpoint, &options)
    };
    const AUTHORITY: (&str, &str) = ("cacert", "/abs/ca.pem");
    const CERTIFICATE: [(&str, &str); 2] = [("cert", "/abs/cert.pem"), ("key", "/abs/key.pem")];
    Box::new(match fault {
        Fault::Unconfigured => report
            .hint(format!("give the certificates: {}", with(&[AUTHORITY, CERTIFICATE[0], CERTIFICATE[1]]))),
        Fault::PlainText => {
            let plain = configured(&choice.builder, endpoint, &BTreeMap::new());
            report.hint(format!("leave the certificates away: {plain}"))
        }
        Fault::File(_) => {
            report.hint("give `cacert`, `cert` and `key` as PEM files, the last two of one pair")
        }
        Fault::UnknownAuthority { .. } => {
            report.hint(format!("give the authority that signed it: {}", with(&[AUTHORITY])))
        }
        Fault::OtherName { names, .. } => {
            let name = names.iter().find(|name| !name.contains('*')).map_or("NAME", String::as_str);
            report.hint(format!("say which name to expect: {}", with(&[("servername", name)])))
        }
        Fault::OutOfDate(_) => report.hint("renew the certificate, or set this machine's clock right"),
        Fault::NoCertificate => report.hint(format!("give a certificate: {}", with(&CERTIFICATE))),
        Fault::RefusedCertificate { .. } => report.hint(format!(
            "give one that the authority of its buildkitd (`[grpc.tls] ca`) signed: {}",
            with(&CERTIFICATE)
        )),
    })
}

/// How a builder is given with these TLS options.
fn configured(builder: &Builder, endpoint: &str, options: &BTreeMap<&str, &str>) -> String {
    let listed = |separator| {
        let pairs: Vec<String> = options.iter().map(|(key, value)| format!("{key}={value}")).collect();
        pairs.join(separator)
    };
    match builder {
        Builder::Address(_) if options.is_empty() => format!("`{endpoint}`"),
        Builder::Address(_) => format!("`{endpoint}?{}`", listed("&")),
        _ => {
            let option =
                if options.is_empty() { String::new() } else { format!("--driver-opt {} ", listed(",")) };
            format!(
                "`docker buildx rm {builder}` and \
                 `docker buildx create --name {builder} --driver remote {option}{endpoint}`"
            )
        }
    }
}

/// The builder and its address; an address that is the builder's name is said once.
fn at(choice: &Choice, endpoint: &str) -> String {
    match &choice.builder {
        Builder::Address(address) => address.to_string(),
        builder => format!("{builder} ({endpoint})"),
    }
}
