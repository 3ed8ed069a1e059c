//! As much HTTP as it takes to ask a registry or a docker daemon.

use std::io::{Read, Write};

/// The answer to a request.
pub(super) struct Response {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Response {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Asks for `path`.
pub(super) fn get(stream: impl Read + Write, host: &str, path: &str, accept: &str) -> Response {
    request("GET", stream, host, path, accept)
}

/// Asks for `path` with a method. HTTP/1.0, so the answer ends when the connection does.
pub(super) fn request(
    method: &str,
    mut stream: impl Read + Write,
    host: &str,
    path: &str,
    accept: &str,
) -> Response {
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: {host}\r\nAccept: {accept}\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    Response {
        status: status.expect("a status line"),
        headers: lines
            .filter_map(|line| line.split_once(": "))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        body: answer[end + 4..].to_vec(),
    }
}
