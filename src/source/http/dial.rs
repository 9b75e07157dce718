//! A bare connection under the same rules as a request, for the one source that speaks WebSocket.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use url::Url;

use super::address::{Route, host_of, is_public};
use super::{Http, HttpError};

impl Http {
    /// Connects to the host of a `ws:` or `wss:` address: never to an address inside, unless the configuration names it.
    ///
    /// # Errors
    /// [`HttpError::Refused`], [`HttpError::Timeout`] or [`HttpError::Dial`].
    pub async fn dial(&self, url: &Url) -> Result<TcpStream, HttpError> {
        let host = host_of(url);
        // The rules are written for http; the two schemes mean the same hosts and ports.
        let scheme = if url.scheme() == "wss" { "https" } else { "http" };
        let mut asked = url.clone();
        if !matches!(url.scheme(), "ws" | "wss")
            || Url::parse(&format!("{scheme}://{host}/")).map(|u| asked = u).is_err()
        {
            return Err(HttpError::Refused { host, why: "only ws and wss are connected to" });
        }
        let route = self.allowed.check(&asked)?;
        let (name, port) = (asked.host_str().unwrap_or_default(), asked.port_or_known_default().unwrap_or(443));
        let connect = async {
            let found = tokio::net::lookup_host((name.trim_matches(['[', ']']), port)).await?;
            let public = |address: &SocketAddr| route == Route::Lifted || is_public(address.ip());
            let addresses: Vec<_> = found.filter(public).collect();
            if addresses.is_empty() {
                return Err(io::Error::other("the name leads to no public address"));
            }
            TcpStream::connect(&*addresses).await
        };
        match tokio::time::timeout(Duration::from_secs(10), connect).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(source)) => Err(HttpError::Dial { host, source }),
            Err(_elapsed) => Err(HttpError::Timeout { host }),
        }
    }
}
