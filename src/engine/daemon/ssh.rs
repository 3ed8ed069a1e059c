//! Daemons behind ssh: the remote `docker system dial-stdio` is a pipe to the daemon's socket, as for docker's own
//! ssh hosts.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;

/// A client that starts `ssh` at its first request and keeps the connection.
pub(super) fn connect(host: &str) -> Result<Docker, Error> {
    let arguments = Arc::new(arguments(host)?);
    let connection = Arc::new(Mutex::new(None::<hyper::client::conn::http1::SendRequest<_>>));
    let transport = move |request: BollardRequest| {
        let (arguments, connection) = (arguments.clone(), connection.clone());
        async move {
            let mut connection = connection.lock().await;
            if connection.as_ref().is_none_or(hyper::client::conn::http1::SendRequest::is_closed) {
                *connection = None;
            }
            let mut started = None;
            let sender = match &mut *connection {
                Some(sender) => sender,
                none => {
                    let mut child = start(&arguments)?;
                    let (Some(output), Some(input)) = (child.stdout.take(), child.stdin.take()) else {
                        return Err(std::io::Error::other("ssh has no pipes").into());
                    };
                    let pipe = TokioIo::new(tokio::io::join(output, input));
                    let (sender, pump) = hyper::client::conn::http1::handshake(pipe).await?;
                    tokio::spawn(pump);
                    started = Some(child);
                    none.insert(sender)
                }
            };
            let answer = async {
                sender.ready().await?;
                sender.send_request(to_daemon(request)?).await.map_err(Error::from)
            };
            match (answer.await, started) {
                (Ok(response), child) => {
                    if let Some(mut child) = child {
                        // reaped when the pipe closes
                        tokio::spawn(async move { child.wait().await });
                    }
                    Ok(response)
                }
                (Err(error), child) => {
                    *connection = None;
                    Err(match child {
                        Some(child) => explanation(child).await.map_or(error, Error::from),
                        None => error,
                    })
                }
            }
        }
    };
    // the pipe leads to one daemon, whatever the address says
    Docker::connect_with_custom_transport(
        transport,
        Some("http://docker"),
        super::REQUEST_TIMEOUT,
        API_DEFAULT_VERSION,
    )
}

fn start(arguments: &[String]) -> std::io::Result<Child> {
    Command::new("ssh")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| std::io::Error::new(error.kind(), format!("ssh cannot be started: {error}")))
}

/// What ssh said before it ended.
async fn explanation(mut child: Child) -> Option<std::io::Error> {
    let mut stderr = child.stderr.take()?;
    let mut text = String::new();
    tokio::time::timeout(Duration::from_secs(1), stderr.read_to_string(&mut text)).await.ok()?.ok()?;
    let last = text.lines().rfind(|line| !line.trim().is_empty())?;
    Some(std::io::Error::other(format!("ssh: {}", last.trim())))
}

/// A pipe needs the path alone, and a `Host` for the server.
fn to_daemon<B>(mut request: hyper::Request<B>) -> Result<hyper::Request<B>, Error> {
    if let Some(path) = request.uri().path_and_query() {
        *request.uri_mut() = path.as_str().parse()?;
    }
    request.headers_mut().insert(HOST, HeaderValue::from_static("docker"));
    Ok(request)
}

/// The arguments of `ssh` for `ssh://[user@]host[:port][/socket]` (docker CLI: `connhelper`).
pub(super) fn arguments(host: &str) -> Result<Vec<String>, Error> {
    let unsupported = || Error::UnsupportedURISchemeError { uri: super::redact(host) };
    let rest = host.strip_prefix("ssh://").ok_or_else(unsupported)?;
    let (authority, socket) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
    let (user, machine) = authority.rsplit_once('@').map_or((None, authority), |(u, m)| (Some(u), m));
    let (machine, port) = match machine.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((ipv6, port)) => (ipv6, port.strip_prefix(':')),
        None => machine.split_once(':').map_or((machine, None), |(name, port)| (name, Some(port))),
    };
    if machine.is_empty() || user.is_some_and(|user| user.contains(':')) {
        return Err(unsupported());
    }
    let mut arguments: Vec<String> = ["-o", "ConnectTimeout=15", "-T"].map(str::to_owned).into();
    for (flag, value) in [("-l", user), ("-p", port)] {
        if let Some(value) = value {
            arguments.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    arguments.extend(["--", machine, "docker"].map(str::to_owned));
    if !socket.trim_matches('/').is_empty() {
        // the far side's shell reads this
        arguments.push(format!("--host='unix://{}'", socket.replace('\'', r"'\''")));
    }
    arguments.extend(["system", "dial-stdio"].map(str::to_owned));
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_is_called_as_docker_calls_it() {
        for (host, want) in [
            ("ssh://far", "-o ConnectTimeout=15 -T -- far docker system dial-stdio"),
            ("ssh://me@far:2222", "-o ConnectTimeout=15 -T -l me -p 2222 -- far docker system dial-stdio"),
            (
                "ssh://me@[::1]:22/run/d.sock",
                "-o ConnectTimeout=15 -T -l me -p 22 -- ::1 docker --host='unix:///run/d.sock' system dial-stdio",
            ),
        ] {
            assert_eq!(arguments(host).unwrap().join(" "), want);
        }
        assert!(arguments("ssh://").is_err());
        let error = arguments("ssh://me:s3cret@far").unwrap_err();
        assert!(!error.to_string().contains("s3cret"));
    }
}
