//! Which addresses a source may talk to: public ones, and those that the configuration names.
//!
//! A PDS address, a feed address and every redirect come from strangers. So names are resolved by a resolver that drops
//! addresses inside, and hosts written as addresses, which no resolver ever sees, are checked before each request.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::HttpError;

/// Whether an address is one of the public internet.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., _, _) // this network, private, loopback, multicast and reserved
            | (100, 64..=127, _) // CGNAT
            | (169, 254, _) // link-local, with the clouds' metadata services
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2) // protocol assignments, documentation
            | (192, 88, 99) // 6to4 relays
            | (198, 18 | 19, _) // benchmarks
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !special
}

/// Only global unicast (`2000::/3`), less what is tunnelled, reserved or for books. That alone leaves out `::`, `::1`,
/// addresses that wrap an IPv4 address (`::ffff:…`, `::a.b.c.d`, NAT64), unique local, link-local and multicast ones.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let global = (0x2000..=0x3fff).contains(&a);
    let special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) // Teredo, ORCHID, benchmarks; documentation
        || a == 0x2002 // 6to4
        || (a == 0x3fff && b < 0x1000); // documentation, the new part
    global && !special
}

/// Hosts inside that the configuration names, and nothing else.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowed(Vec<(Host<String>, Option<u16>)>);

/// Which client a request goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The one whose resolver drops addresses inside.
    Public,
    /// The one for hosts named in `allow_private`.
    Lifted,
}

impl Allowed {
    /// Reads `host` and `host:port` entries.
    pub(super) fn parse(entries: &[String]) -> Result<Self, HttpError> {
        let parse = |entry: &String| {
            let wrong =
                || HttpError::Config { what: format!("allow_private: `{entry}` is neither `host` nor `host:port`") };
            let (host, port) = match entry.rsplit_once(':') {
                Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
                    (host, Some(port.parse::<u16>().map_err(|_| wrong())?))
                }
                _ => (entry.as_str(), None),
            };
            Host::parse(host).map(|host| (host, port)).map_err(|_| wrong())
        };
        entries.iter().map(parse).collect::<Result<_, _>>().map(Self)
    }

    /// Checks scheme and host of a request's address, the first one and each that a redirect names.
    ///
    /// `url` has already turned `0x7f.1`, `2130706433`, `127.1` and full-width digits into the address that they mean.
    pub(super) fn check(&self, url: &Url) -> Result<Route, HttpError> {
        let refuse = |why| Err(HttpError::Refused { host: host_of(url), why });
        if !matches!(url.scheme(), "http" | "https") {
            return refuse("only http and https are read");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("the address holds a user name or password");
        }
        let Some(host) = url.host() else { return refuse("the address has no host") };
        if self.0.iter().any(|(allowed, port)| {
            same_host(allowed, &host) && port.is_none_or(|p| Some(p) == url.port_or_known_default())
        }) {
            return Ok(Route::Lifted);
        }
        match host {
            Host::Ipv4(v4) if !is_public_v4(v4) => refuse("the address is not a public one"),
            Host::Ipv6(v6) if !is_public_v6(v6) => refuse("the address is not a public one"),
            Host::Domain(name) if is_local_name(name) => refuse("the name is a local one"),
            Host::Ipv4(_) | Host::Ipv6(_) | Host::Domain(_) => Ok(Route::Public),
        }
    }
}

fn same_host(allowed: &Host<String>, host: &Host<&str>) -> bool {
    match (allowed, host) {
        (Host::Domain(a), Host::Domain(b)) => a.trim_end_matches('.').eq_ignore_ascii_case(b.trim_end_matches('.')),
        (Host::Ipv4(a), Host::Ipv4(b)) => a == b,
        (Host::Ipv6(a), Host::Ipv6(b)) => a == b,
        _ => false,
    }
}

/// Names that RFC 6761 keeps inside, whatever a resolver says.
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    ["localhost", "local", "internal"]
        .iter()
        .any(|local| name == *local || name.strip_suffix(local).is_some_and(|n| n.ends_with('.')))
}

/// Host and port for messages; path and query stay out, because feed addresses may hold a key.
pub(super) fn host_of(url: &Url) -> String {
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => format!("{}:", url.scheme()),
    }
}

/// All addresses of a name were addresses inside.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
pub(super) struct NoPublicAddress;

/// The system's resolver, without its answers that lead inside. Checked here, at connect time, because a name may lead
/// elsewhere a second after it was looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let known = !found.is_empty();
            let public: Vec<SocketAddr> = found.into_iter().filter(|a| is_public(a.ip())).collect();
            match (public.is_empty(), known) {
                (false, _) => Ok(Box::new(public.into_iter()) as Addrs),
                (true, true) => Err(NoPublicAddress.into()),
                (true, false) => Err(io::Error::from(io::ErrorKind::NotFound).into()),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_pass() {
        let inside = [
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for address in inside {
            assert!(!is_public(address.parse().unwrap()), "{address} passed");
        }
        for address in ["8.8.8.8", "100.63.255.255", "172.32.0.1", "192.0.1.1", "2606:4700::1", "2a00:1450::1"] {
            assert!(is_public(address.parse().unwrap()), "{address} was refused");
        }
    }

    #[test]
    fn odd_spellings_of_an_address_inside_are_refused() {
        let allowed = Allowed::default();
        for url in [
            "http://127.0.0.1/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f000001/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://0/",
            "http://１２７.０.０.１/",
            "http://127。0。0。1/",
            "http://127.0.0.1./",
            "http://[::1]/",
            "http://[0:0:0:0:0:0:0:1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::ffff:7f00:1]/",
            "http://[::7f00:1]/",
            "http://[64:ff9b::127.0.0.1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://LOCALHOST/",
            "http://localhost./",
            "http://a.localhost/",
            "http://printer.local/",
            "http://user:pw@8.8.8.8/",
            "ftp://8.8.8.8/",
            "file:///etc/passwd",
            "data:text/plain,x",
        ] {
            let parsed = Url::parse(url).unwrap();
            assert!(matches!(allowed.check(&parsed), Err(HttpError::Refused { .. })), "{url} passed");
        }
    }

    #[test]
    fn the_ban_is_lifted_by_name_and_port_only() {
        let entries = ["127.0.0.1:2583", "localhost", "[::1]:80"].map(str::to_owned);
        let allowed = Allowed::parse(&entries).unwrap();
        let lifted = |url: &str| allowed.check(&Url::parse(url).unwrap()).ok() == Some(Route::Lifted);
        assert!(lifted("http://127.0.0.1:2583/x") && lifted("http://0x7f.1:2583/x") && lifted("http://localhost:9/x"));
        assert!(lifted("http://[::1]/") && !lifted("http://[::1]:81/"));
        assert!(
            !lifted("http://127.0.0.1:2584/x") && !lifted("http://127.0.0.2:2583/x") && !lifted("http://x.localhost/")
        );
        assert!(Allowed::parse(&["127.0.0.1:port".to_owned()]).is_err());
    }

    #[tokio::test]
    async fn the_resolver_drops_addresses_inside() {
        let error = PublicOnly.resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert!(error.is::<NoPublicAddress>());
    }
}
