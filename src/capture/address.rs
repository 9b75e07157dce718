//! What a public address says by itself: the platform, the account, the post.

use url::Url;

/// Hosts and the platforms' names in the register.
const HOSTS: &[(&str, &str)] = &[
    ("x.com", "x"),
    ("twitter.com", "x"),
    ("instagram.com", "instagram"),
    ("tiktok.com", "tiktok"),
    ("threads.net", "threads"),
    ("threads.com", "threads"),
    ("facebook.com", "facebook"),
    ("fb.com", "facebook"),
    ("youtube.com", "youtube"),
    ("youtu.be", "youtube"),
    ("bsky.app", "bluesky"),
];

/// The platform that a host belongs to.
pub(super) fn platform_of_host(host: &str) -> Option<&'static str> {
    let host = host.trim().to_ascii_lowercase();
    let of =
        |(known, _): &&(&str, &str)| host == *known || host.strip_suffix(known).is_some_and(|sub| sub.ends_with('.'));
    HOSTS.iter().find(of).map(|(_, platform)| *platform)
}

/// The platform of an address.
pub(super) fn platform(address: &str) -> Option<&'static str> {
    platform_of_host(parse(address)?.host_str()?)
}

fn parse(address: &str) -> Option<Url> {
    let url: Url = address.trim().parse().ok()?;
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// The platform's own id of the post at an address, where the address holds it.
pub(super) fn post_id(address: &str) -> Option<String> {
    let url = parse(address)?;
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let after = |word: &str| parts.iter().position(|part| *part == word).and_then(|at| parts.get(at + 1)).copied();
    let number = |id: &&str| id.bytes().all(|b| b.is_ascii_digit());
    let id = match platform_of_host(url.host_str()?)? {
        "x" => after("status").filter(number),
        "instagram" => after("p").or_else(|| after("reel")).or_else(|| after("tv")),
        "tiktok" => after("video").or_else(|| after("photo")).filter(number),
        "threads" => after("post"),
        "youtube" => {
            let query = url.query_pairs().find(|(key, _)| key == "v").map(|(_, id)| id.into_owned());
            if url.host_str() == Some("youtu.be") {
                return parts.first().map(|id| (*id).to_owned());
            }
            return query.or_else(|| after("shorts").or_else(|| after("live")).map(str::to_owned));
        }
        _ => None,
    };
    id.map(str::to_owned)
}

/// The account that an address names: of a profile, or of a post under it.
pub(super) fn account(address: &str) -> Option<String> {
    let url = parse(address)?;
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let (first, second) = (parts.first()?, parts.get(1));
    let name = match platform_of_host(url.host_str()?)? {
        "bluesky" if *first == "profile" => second?,
        "youtube" if matches!(*first, "channel" | "c" | "user") => second?,
        "youtube" | "tiktok" | "threads" => first.strip_prefix('@')?,
        "x" if matches!(*first, "i" | "search" | "home" | "hashtag" | "explore") => return None,
        "instagram" if matches!(*first, "p" | "reel" | "tv" | "explore" | "stories") => return None,
        "x" | "instagram" | "facebook" => first,
        _ => return None,
    };
    Some(name.to_owned())
}

/// Whose list of likes a page is.
pub(super) fn likes_of(page: &str) -> Option<String> {
    let url = parse(page)?;
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    match (platform_of_host(url.host_str()?)?, parts.as_slice()) {
        ("x", [owner, "likes"]) => Some((*owner).to_owned()),
        ("tiktok", [owner, "liked"]) => owner.strip_prefix('@').map(str::to_owned),
        ("bluesky", ["profile", owner, "likes"]) => Some((*owner).to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_what_they_hold() {
        for (address, platform_is, id, account_is) in [
            ("https://x.com/wirabumi/status/123?s=20", Some("x"), Some("123"), Some("wirabumi")),
            ("https://mobile.twitter.com/i/status/123", Some("x"), Some("123"), None),
            ("https://www.instagram.com/p/Cx_1-a/", Some("instagram"), Some("Cx_1-a"), None),
            ("https://www.tiktok.com/@wirabumi/video/99", Some("tiktok"), Some("99"), Some("wirabumi")),
            ("https://www.threads.com/@wirabumi/post/Dx", Some("threads"), Some("Dx"), Some("wirabumi")),
            ("https://youtu.be/aaaa", Some("youtube"), Some("aaaa"), None),
            ("https://www.youtube.com/watch?v=aaaa&t=1", Some("youtube"), Some("aaaa"), None),
            ("https://facebook.com/wirabumi", Some("facebook"), None, Some("wirabumi")),
            ("https://notx.com/a/status/1", None, None, None),
            ("javascript:alert(1)", None, None, None),
            ("x", None, None, None),
        ] {
            assert_eq!(platform(address), platform_is, "{address}");
            assert_eq!(post_id(address).as_deref(), id, "{address}");
            if platform_is != Some("youtube") {
                assert_eq!(account(address).as_deref(), account_is, "{address}");
            }
        }
        assert_eq!(likes_of("https://x.com/wirabumi/likes").as_deref(), Some("wirabumi"));
        assert_eq!(likes_of("https://x.com/wirabumi"), None);
    }
}
