//! Looks at the address of a builder that does not answer, to say why. Only used once buildx is waiting.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// How long an address may take to accept a connection.
const DIAL: Duration = Duration::from_secs(3);

/// Opens and closes a connection. Addresses that are reached through another program count as reachable.
///
/// # Errors
/// Why there is no connection, in the system's words.
pub(super) async fn dial(endpoint: &str) -> Result<(), String> {
    if let Some(path) = endpoint.strip_prefix("unix://") {
        return unix(path).await;
    }
    let Some(address) = endpoint.strip_prefix("tcp://") else { return Ok(()) };
    connect(address).await.map(drop)
}

async fn connect(address: &str) -> Result<TcpStream, String> {
    match tokio::time::timeout(DIAL, TcpStream::connect(address)).await {
        Ok(connected) => connected.map_err(|error| error.to_string()),
        Err(_) => Err(format!("{address} does not answer within {} s", DIAL.as_secs())),
    }
}

#[cfg(unix)]
async fn unix(path: &str) -> Result<(), String> {
    tokio::net::UnixStream::connect(path).await.map(drop).map_err(|error| format!("{path}: {error}"))
}

#[cfg(not(unix))]
async fn unix(path: &str) -> Result<(), String> {
    Err(format!("{path}: this system has no unix sockets"))
}

/// Why TLS keeps the builder from answering, if it does: the address wants it and gets none, or the other way round,
/// or the certificates do not match. `None` = it is something else.
pub(super) async fn speaks_tls(endpoint: &str, configured: bool) -> Option<String> {
    let address = endpoint.strip_prefix("tcp://")?;
    let mut stream = connect(address).await.ok()?;
    // The first bytes of HTTP/2: a server that wants TLS answers with an alert (or hangs up), one that speaks gRPC
    // answers with its settings frame.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.ok()?;
    let mut answer = [0; 9];
    let read = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut answer)).await.ok()?.ok()?;
    // A TLS record of the kind "alert", or an HTTP/2 frame of the kind "settings".
    let wants_tls = read == 0 || answer[0] == 0x15;
    let plain = read > 3 && answer[3] == 0x04;
    match (wants_tls, plain, configured) {
        (true, _, false) => Some("it wants TLS, and no certificates are configured for it".to_owned()),
        (true, _, true) => {
            Some("the certificates do not match: it does not accept ours, or we do not accept its".to_owned())
        }
        (_, true, true) => Some("it speaks plain text, and certificates are configured for it".to_owned()),
        _ => None,
    }
}
