//! One kept connection that speaks as much HTTP as the pages need: a client that costs little, since it shares the machine
//! with what it measures.

use std::net::SocketAddr;

use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

/// A connection of somebody who is logged in, or is about to be.
pub struct Client {
    stream: TcpStream,
    address: SocketAddr,
    cookie: String,
    buffer: Vec<u8>,
}

/// An answer; of its body only the length is kept.
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub cookie: Option<String>,
    pub length: usize,
}

impl Answer {
    /// Insists on a page.
    pub fn page(&self) -> anyhow::Result<()> {
        ensure!(self.status == 200 && self.length > 1000, "status {} with {} bytes", self.status, self.length);
        Ok(())
    }

    /// The hit that one is sent on to; none where the queue is empty.
    pub fn next_hit(&self) -> anyhow::Result<Option<Uuid>> {
        ensure!(self.status == 303, "status {} where one should be sent on", self.status);
        let there = self.location.as_deref().context("no address to go to")?;
        let Some(rest) = there.strip_prefix("/telaah/") else { return Ok(None) };
        Ok(Some(rest.split('?').next().unwrap_or(rest).parse()?))
    }
}

impl Client {
    pub async fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, address, cookie: String::new(), buffer: Vec::new() })
    }

    pub fn remember(&mut self, cookie: String) {
        self.cookie = cookie;
    }

    pub async fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\n\r\n", self.address, self.cookie);
        self.ask(head.as_bytes()).await
    }

    pub async fn post(&mut self, path: &str, form: &str) -> anyhow::Result<Answer> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncookie: {}\r\nsec-fetch-site: same-origin\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            self.address,
            self.cookie,
            form.len()
        );
        self.ask(request.as_bytes()).await
    }

    /// Claims the next hit.
    pub async fn claim(&mut self) -> anyhow::Result<Option<Uuid>> {
        self.post("/antrean/berikutnya", "").await?.next_hit()
    }

    async fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head_end = loop {
            self.more().await?;
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = std::str::from_utf8(self.buffer.get(..head_end).unwrap_or_default())?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?.parse()?;
        let mut answer = Answer { status, location: None, cookie: None, length: 0 };
        let mut chunked = false;
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => answer.length = value.parse()?,
                "transfer-encoding" => chunked = true,
                "location" => answer.location = Some(value.to_owned()),
                "set-cookie" => answer.cookie = value.split(';').next().map(str::to_owned),
                _ => {}
            }
        }
        if chunked {
            bail!("an answer in pieces, which no page sends");
        }
        while self.buffer.len() < head_end + answer.length {
            self.more().await?;
        }
        Ok(answer)
    }

    async fn more(&mut self) -> anyhow::Result<()> {
        self.buffer.reserve(64 * 1024);
        let read = self.stream.read_buf(&mut self.buffer).await?;
        ensure!(read > 0, "the connection was closed");
        Ok(())
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
