//! Where an account of the fediverse is read: its own server, and its name or number there.
//!
//! The register's `external_id` is one of
//!
//! | form | means |
//! |---|---|
//! | `109302436954721982@contoh.social` | the account with this number on this server; never doubted |
//! | `https://contoh.social/@wira`, `…/users/wira`, `…/ap/users/109…` | the account with this address; also where a server is found under another name than its handles show |
//! | `wira@contoh.social`, or nothing | the account with this name: of the id, else of the handle |

use url::Url;

/// An account's server, and what the account is called there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The server's address.
    pub(super) base: Url,
    /// The name of the server in its people's handles.
    pub(super) domain: String,
    pub(super) who: Who,
}

/// How the register names an account on its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// By number.
    Id(String),
    /// By name, without server.
    Name(String),
}

/// Finds the server of an account; the error says what to put into the register.
pub(super) fn find(external_id: &str, handle: &str, instead: Option<&Url>) -> Result<Place, &'static str> {
    let handle = handle.trim().trim_start_matches('@');
    let id = external_id.trim().trim_start_matches('@');
    let of_handle = handle.rsplit_once('@');
    let (base, who) = if id.starts_with("https://") || id.starts_with("http://") {
        of_address(id).ok_or("its address is none of an account: register https://SERVER/@NAME")?
    } else {
        let (name, host) = match (id, id.rsplit_once('@'), of_handle) {
            (_, Some(parts), _) => parts,
            ("", None, Some(parts)) => parts,
            (_, None, Some((_, host))) => (id, host),
            (_, None, None) => {
                return Err("its server is not known: register NUMBER@SERVER or https://SERVER/@NAME as its id");
            }
        };
        let base = server(host).ok_or("its server's name cannot be read: register NUMBER@SERVER as its id")?;
        let by_number = !id.is_empty() && is_number(name);
        (base, if by_number { Who::Id(name.to_owned()) } else { Who::Name(name.to_owned()) })
    };
    if matches!(&who, Who::Name(name) if !is_name(name)) {
        return Err("its name is none that a server allows: correct the register");
    }
    let host = base.host_str().unwrap_or_default();
    let domain = of_handle.map_or(host, |(_, domain)| domain).to_ascii_lowercase();
    Ok(Place { base: instead.cloned().unwrap_or(base), domain, who })
}

/// A person's whole handle; those of the server itself come without its name.
pub(super) fn whole_handle(acct: &str, domain: &str) -> String {
    if acct.contains('@') { acct.to_owned() } else { format!("{acct}@{domain}") }
}

fn of_address(address: &str) -> Option<(Url, Who)> {
    let url = Url::parse(address).ok()?;
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    let who = match parts[..] {
        [name] => Who::Name(name.strip_prefix('@')?.to_owned()),
        ["users", name] => Who::Name(name.to_owned()),
        ["ap", "users", id] if is_number(id) => Who::Id(id.to_owned()),
        _ => return None,
    };
    let mut base = url.clone();
    base.set_path("/");
    base.set_query(None);
    base.set_fragment(None);
    Some((base, who))
}

fn server(host: &str) -> Option<Url> {
    let url = Url::parse(&format!("https://{host}/")).ok()?;
    let bare = url.path() == "/" && url.username().is_empty() && url.query().is_none() && url.fragment().is_none();
    (bare && !host.is_empty()).then_some(url)
}

fn is_number(id: &str) -> bool {
    (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit())
}

fn is_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// A parameter of the address that a `Link` header gives for `rel`. The address itself is never followed.
pub(super) fn link_parameter(header: &str, rel: &str, parameter: &str) -> Option<String> {
    let wanted = format!("rel=\"{rel}\"");
    let part = header.split('<').find(|part| part.contains(&wanted))?;
    let address = part.split('>').next()?;
    let url = Url::parse("https://server.invalid/").ok()?.join(address).ok()?;
    url.query_pairs().find(|(name, _)| name == parameter).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(id: &str, handle: &str) -> String {
        match find(id, handle, None) {
            Ok(place) => format!("{} {} {:?}", place.base, place.domain, place.who),
            Err(_) => "-".to_owned(),
        }
    }

    #[test]
    fn an_account_is_found_in_each_form() {
        for (id, handle, expected) in [
            ("109@contoh.social", "wira@contoh.social", r#"https://contoh.social/ contoh.social Id("109")"#),
            ("109", "@wira@contoh.social", r#"https://contoh.social/ contoh.social Id("109")"#),
            ("", "@wira@Contoh.Social", r#"https://contoh.social/ contoh.social Name("wira")"#),
            ("", "2024@contoh.social", r#"https://contoh.social/ contoh.social Name("2024")"#),
            ("wira@contoh.social", "", r#"https://contoh.social/ contoh.social Name("wira")"#),
            (
                "https://web.contoh.social/@wira",
                "wira@contoh.social",
                r#"https://web.contoh.social/ contoh.social Name("wira")"#,
            ),
            ("https://contoh.social/users/wira/", "wira", r#"https://contoh.social/ contoh.social Name("wira")"#),
            ("http://localhost:3000/ap/users/117", "", r#"http://localhost:3000/ localhost Id("117")"#),
        ] {
            assert_eq!(found(id, handle), expected, "{id} {handle}");
        }
    }

    #[test]
    fn what_leads_to_no_account_is_refused() {
        for (id, handle) in [
            ("", "wira"),
            ("109", "wira"),
            ("https://contoh.social/@wira/1", ""),
            ("https://contoh.social/tentang", ""),
            ("https://contoh.social/@wira@lain.example", ""),
            ("109@contoh.social/jalan", ""),
            ("109@", ""),
            ("", "wi/ra@contoh.social"),
        ] {
            assert_eq!(found(id, handle), "-", "{id} {handle}");
        }
    }

    #[test]
    fn a_link_header_gives_its_parameters() {
        let header = r#"<https://contoh.social/api/v1/accounts/1/following?limit=80&max_id=7>; rel="next", <https://contoh.social/api/v1/accounts/1/following?since_id=9>; rel="prev""#;
        assert_eq!(link_parameter(header, "next", "max_id").as_deref(), Some("7"));
        assert_eq!(link_parameter(header, "prev", "since_id").as_deref(), Some("9"));
        assert_eq!(link_parameter(header, "prev", "max_id"), None);
        assert_eq!(link_parameter("</a?max_id=3>; rel=\"next\"", "next", "max_id").as_deref(), Some("3"));
        assert_eq!(link_parameter("bukan tautan", "next", "max_id"), None);
    }
}
