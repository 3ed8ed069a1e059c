//! Looks at the address of a builder that does not answer, to say why. Only used once buildx is waiting.

mod tls;

pub(crate) use tls::{Fault, fault};

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::settings::env::Environment;

/// How long an address may take to accept a connection.
const DIAL: Duration = Duration::from_secs(3);
/// How long to wait before an address where nobody listens is dialled again.
const PAUSE: Duration = Duration::from_millis(250);
/// A wait that is longer than this is announced.
const SILENT: Duration = Duration::from_secs(1);

/// How long an address where nobody listens yet is dialled again and again. The builder of a CI job is often a service
/// that starts together with it; at a desk it is more likely to be off. buildx itself gives up after 20 s.
pub(crate) fn patience(environment: &Environment) -> Duration {
    Duration::from_secs(if environment.is_ci() { 15 } else { 2 })
}

/// Opens and closes a connection as soon as somebody listens, for at most `patience`; `announce` is called when that
/// takes a while. Addresses that are reached through another program count as reachable.
///
/// # Errors
/// Why there is no connection, in the system's words, and for how long that was so.
pub(crate) async fn listens(
    endpoint: &str,
    patience: Duration,
    announce: impl FnOnce(),
) -> Result<(), String> {
    let start = Instant::now();
    let mut announce = Some(announce);
    loop {
        let Err(refusal) = dial(endpoint).await else { return Ok(()) };
        if !refusal.may_pass {
            return Err(refusal.why);
        }
        if start.elapsed() + PAUSE > patience {
            return Err(format!("{}; tried for {} s", refusal.why, patience.as_secs()));
        }
        if start.elapsed() >= SILENT
            && let Some(announce) = announce.take()
        {
            announce();
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// A connection that did not come about.
struct Refusal {
    why: String,
    /// Whether that is what it looks like when a builder, or its name, is about to be there.
    may_pass: bool,
}

impl Refusal {
    fn new(error: &io::Error, why: String) -> Self {
        let lasts = [ErrorKind::PermissionDenied, ErrorKind::InvalidInput, ErrorKind::Unsupported];
        Self { why, may_pass: !lasts.contains(&error.kind()) }
    }
}

async fn dial(endpoint: &str) -> Result<(), Refusal> {
    if let Some(path) = endpoint.strip_prefix("unix://") {
        return unix(path).await;
    }
    let Some(address) = endpoint.strip_prefix("tcp://") else { return Ok(()) };
    connect(address).await.map(drop).map_err(|error| Refusal::new(&error, error.to_string()))
}

async fn connect(address: &str) -> io::Result<TcpStream> {
    let silence = |_| {
        let why = format!("{address} does not answer within {} s", DIAL.as_secs());
        io::Error::new(ErrorKind::TimedOut, why)
    };
    tokio::time::timeout(DIAL, TcpStream::connect(address)).await.map_err(silence)?
}

#[cfg(unix)]
async fn unix(path: &str) -> Result<(), Refusal> {
    let connected = tokio::net::UnixStream::connect(path).await;
    connected.map(drop).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Refusal::new(&error, format!("{path} does not exist")),
        _ => Refusal::new(&error, format!("{path}: {error}")),
    })
}

#[cfg(not(unix))]
async fn unix(path: &str) -> Result<(), Refusal> {
    Err(Refusal { why: format!("{path}: this system has no unix sockets"), may_pass: false })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// An address where nobody listens.
    fn free() -> std::net::SocketAddr {
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    #[tokio::test]
    async fn somebody_who_listens_late_is_waited_for() {
        let address = free();
        let late = async {
            tokio::time::sleep(Duration::from_millis(1300)).await;
            let listener = tokio::net::TcpListener::bind(address).await.unwrap();
            listener.accept().await.unwrap();
        };
        let announced = Cell::new(0);
        let endpoint = format!("tcp://{address}");
        let (listens, ()) =
            tokio::join!(listens(&endpoint, 10 * SECOND, || announced.set(announced.get() + 1)), late);
        assert_eq!((listens, announced.get()), (Ok(()), 1));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_socket_that_is_made_late_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sock");
        let late = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tokio::net::UnixListener::bind(&path).unwrap().accept().await.unwrap();
        };
        let endpoint = format!("unix://{}", path.display());
        let (listens, ()) = tokio::join!(listens(&endpoint, 10 * SECOND, || panic!("a short wait")), late);
        assert_eq!(listens, Ok(()));
    }

    #[tokio::test]
    async fn nobody_is_waited_for_no_longer_than_the_limit() {
        let start = Instant::now();
        for endpoint in [format!("tcp://{}", free()), "unix:///no/such.sock".to_owned()] {
            let why = listens(&endpoint, SECOND, || panic!("a short wait")).await.unwrap_err();
            assert!(why.ends_with("; tried for 1 s"), "{why}");
        }
        assert!(start.elapsed() < 10 * SECOND);
        assert_eq!(listens("ssh://elsewhere", SECOND, || ()).await, Ok(()));
    }

    #[test]
    fn a_ci_job_waits_longer() {
        let with = |ci: &[(&str, &str)]| Environment {
            vars: ci.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            ..Environment::default()
        };
        let ci = crate::settings::env::CI;
        assert_eq!(patience(&with(&[])), 2 * SECOND);
        assert_eq!(patience(&with(&[(ci, "false")])), 2 * SECOND);
        assert_eq!(patience(&with(&[(ci, "true")])), 15 * SECOND);
    }
}
