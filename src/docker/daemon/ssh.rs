//! Daemons behind ssh: the remote `docker system dial-stdio` is a pipe to the daemon's socket, as for docker's own
//! ssh hosts.

use std::path::Path;
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
pub(super) fn connect(host: &str, ssh: &Path) -> Result<Docker, Error> {
    let command = Arc::new((ssh.to_owned(), arguments(host)?));
    let connection = Arc::new(Mutex::new(None::<hyper::client::conn::http1::SendRequest<_>>));
    let transport = move |request: BollardRequest| {
        let (command, connection) = (command.clone(), connection.clone());
        async move {
            let mut connection = connection.lock().await;
            if connection.as_ref().is_none_or(hyper::client::conn::http1::SendRequest::is_closed) {
                *connection = None;
            }
            let mut started = None;
            let sender = match &mut *connection {
                Some(sender) => sender,
                none => {
                    let mut child = start(&command.0, &command.1)?;
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

fn start(ssh: &Path, arguments: &[String]) -> std::io::Result<Child> {
    Command::new(ssh)
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

    /// A program that answers each request on its pipe, as the far side would, and says how it was started.
    #[cfg(unix)]
    fn fake_ssh(script: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ssh");
        fs_err::write(&path, format!("#!/bin/sh\n{script}")).unwrap();
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        (dir, path)
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn one_connection_serves_every_request() {
        let (dir, ssh) = fake_ssh(
            r#"echo "$@" >> "$0.log"
while read -r line; do
  case "$line" in GET*) echo "$line" | tr -d '\r' >> "$0.log";; esac
  [ "$line" = "$(printf '\r')" ] && printf 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK'
done"#,
        );
        let docker = connect("ssh://me@far", &ssh).unwrap();
        assert_eq!(docker.ping().await.unwrap(), "OK");
        assert_eq!(docker.ping().await.unwrap(), "OK");
        let log = fs_err::read_to_string(dir.path().join("ssh.log")).unwrap();
        assert_eq!(
            log.lines().collect::<Vec<_>>(),
            [
                "-o ConnectTimeout=15 -T -l me -- far docker system dial-stdio",
                "GET /_ping HTTP/1.1",
                "GET /_ping HTTP/1.1"
            ]
        );
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_ssh_says_is_the_cause() {
        let (_dir, ssh) = fake_ssh("echo 'Permission denied (publickey).' >&2; exit 255");
        let error = connect("ssh://far", &ssh).unwrap().ping().await.unwrap_err();
        assert!(error.to_string().contains("ssh: Permission denied (publickey)."), "{error}");
        let error = connect("ssh://far", Path::new("/nowhere/ssh")).unwrap().ping().await.unwrap_err();
        assert!(error.to_string().contains("ssh cannot be started"), "{error}");
    }
}
