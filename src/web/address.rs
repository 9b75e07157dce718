//! Where a request comes from, as far as that can be believed.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};

const FORWARDED: &str = "x-forwarded-for";

/// The client's address: the peer, or what a trusted proxy says of it. `None` where no socket is known (tests).
pub fn client(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpAddr]) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    if !trusted.contains(&peer) {
        return Some(peer);
    }
    // From the right: each proxy appends whom it saw, so the first one that is no proxy of ours is the client.
    let chain = headers.get_all(FORWARDED).iter().filter_map(|v| v.to_str().ok()).collect::<Vec<_>>().join(",");
    let outsider = chain
        .rsplit(',')
        .filter_map(|hop| hop.trim().parse::<IpAddr>().ok())
        .map(|ip| ip.to_canonical())
        .find(|ip| !trusted.contains(ip));
    Some(outsider.unwrap_or(peer))
}

/// Whether somebody on this very machine asks, and not a proxy for somebody else.
pub fn is_local(extensions: &Extensions, headers: &HeaderMap) -> bool {
    let loopback = extensions.get::<ConnectInfo<SocketAddr>>().is_some_and(|c| c.0.ip().to_canonical().is_loopback());
    loopback && !headers.contains_key(FORWARDED) && !headers.contains_key("forwarded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let ip = |s: &str| s.parse::<IpAddr>().unwrap();
        let mut extensions = Extensions::new();
        extensions.insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 9))));
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED, "1.1.1.1, 9.9.9.9, 10.0.0.2".parse().unwrap());
        assert_eq!(client(&extensions, &headers, &[]), Some(ip("10.0.0.1")));
        assert_eq!(client(&extensions, &headers, &[ip("10.0.0.1"), ip("10.0.0.2")]), Some(ip("9.9.9.9")));
        assert!(!is_local(&extensions, &headers));
        extensions.insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 9))));
        assert!(!is_local(&extensions, &headers));
        assert!(is_local(&extensions, &HeaderMap::new()));
    }
}
