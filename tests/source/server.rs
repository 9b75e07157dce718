//! A server that does exactly what a test says, down to broken HTTP.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a request asked for.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub query: HashMap<String, String>,
    /// Request line and headers as they came.
    pub head: String,
    /// What was sent with it.
    pub body: String,
}

impl Request {
    pub fn param(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        });
        line.unwrap_or_default()
    }
}

/// What the server does then.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Sends these bytes and closes.
    Bytes(Vec<u8>),
    /// Says nothing, ever.
    Hang,
    /// Sends these bytes, then resets the connection.
    Reset(Vec<u8>),
    /// Sends a head, then a byte now and then, for ever.
    Slow(Vec<u8>),
    /// Sends a head, then chunks without end.
    Endless(Vec<u8>),
}

/// An answer with a length that is right.
pub fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes = head(status, headers, &format!("content-length: {}", body.len()));
    bytes.extend_from_slice(body);
    Reply::Bytes(bytes)
}

/// Status line and headers, the last of them as given.
pub fn head(status: u16, headers: &[(&str, &str)], last: &str) -> Vec<u8> {
    let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{lines}{last}\r\n\r\n").into_bytes()
}

pub fn json(body: &serde_json::Value) -> Reply {
    reply(200, &[("content-type", "application/json")], body.to_string())
}

pub fn redirect(to: &str) -> Reply {
    reply(302, &[("location", to)], "")
}

/// A running server; its requests are counted.
#[derive(Clone)]
pub struct Server {
    pub port: u16,
    pub requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub async fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self { port: listener.local_addr().unwrap().port(), requests: Arc::default() };
        let (requests, handler) = (Arc::clone(&server.requests), Arc::new(handler));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (requests, handler) = (Arc::clone(&requests), Arc::clone(&handler));
                tokio::spawn(async move {
                    // A client that goes away early is part of the tests.
                    drop(answer(stream, &requests, &*handler).await);
                });
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    pub fn last(&self) -> Request {
        self.requests.lock().unwrap().last().unwrap().clone()
    }
}

async fn answer(
    mut stream: TcpStream,
    requests: &Mutex<Vec<Request>>,
    handler: &(impl Fn(&Request) -> Reply + ?Sized),
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let url = url::Url::parse("http://x").unwrap().join(head.split(' ').nth(1).unwrap_or("/")).unwrap();
    let query = url.query_pairs().into_owned().collect();
    let mut request = Request { path: url.path().to_owned(), query, head, body: String::new() };
    let mut body = vec![0; request.header("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut body).await?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    requests.lock().unwrap().push(request.clone());
    match handler(&request) {
        Reply::Bytes(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Reply::Hang => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(())
        }
        Reply::Reset(bytes) => {
            stream.write_all(&bytes).await?;
            stream.set_zero_linger()
        }
        Reply::Slow(head) => {
            stream.write_all(&head).await?;
            loop {
                stream.write_all(b"<").await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        Reply::Endless(head) => {
            stream.write_all(&head).await?;
            loop {
                stream.write_all(format!("10000\r\n{}\r\n", " ".repeat(0x10000)).as_bytes()).await?;
            }
        }
    }
}
