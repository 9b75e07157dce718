//! Who an account is and where its repository lies: handle -> DID -> DID document -> the person's own server.

use serde::Deserialize;
use url::Url;

use super::xrpc;
use crate::source::answer::{self, problem};
use crate::source::http::Request;
use crate::source::{AccountState, Http, SourceError};

/// What a DID document says that netral needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// As the account's owner claims it; display only, the DID is what counts.
    pub(super) handle: Option<String>,
    /// Where the repository is.
    pub(super) pds: Option<Url>,
}

/// Whether a text is a DID of the two methods that AT Protocol knows.
pub(super) fn is_did(text: &str) -> bool {
    let rest = text.strip_prefix("did:plc:").or_else(|| text.strip_prefix("did:web:"));
    text.len() <= 256
        && rest.is_some_and(|rest| {
            !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:%".contains(&b))
        })
}

/// Asks `entry` which DID a handle stands for.
pub(super) async fn resolve_handle(http: &Http, entry: &Url, handle: &str) -> Result<String, SourceError> {
    #[derive(Deserialize)]
    struct Resolved {
        did: String,
    }
    let nsid = "com.atproto.identity.resolveHandle";
    let answer = xrpc::get(http, entry, nsid, &[("handle", handle.trim_start_matches('@'))]).await?;
    let resolved: Resolved = answer::read(&answer, nsid)?;
    if is_did(&resolved.did) { Ok(resolved.did) } else { Err(SourceError::malformed(nsid, "the answer holds no DID")) }
}

/// Fetches and reads the DID document.
pub(super) async fn look_up(http: &Http, plc: &Url, did: &str) -> Result<Identity, SourceError> {
    let url = document_address(plc, did)
        .ok_or_else(|| SourceError::Permanent { cause: "the DID leads to no address of a DID document".into() })?;
    let answer = http.send(Request::get(url, "application/did+ld+json, application/json")).await?;
    match answer.status.as_u16() {
        200 => read(&answer.body, did)
            .map_err(|problem| SourceError::malformed(format!("DID document from {}", answer.host()), problem)),
        404 => Err(SourceError::Unavailable { state: AccountState::NotFound, cause: "the DID is not known".into() }),
        410 => {
            Err(SourceError::Unavailable { state: AccountState::NotFound, cause: "the DID has been given up".into() })
        }
        _ => Err(xrpc::failure(&answer)),
    }
}

/// `did:plc:…` is in the directory, `did:web:host` on the host itself (AT Protocol allows no path there).
fn document_address(plc: &Url, did: &str) -> Option<Url> {
    if !is_did(did) {
        return None;
    }
    if let Some(host) = did.strip_prefix("did:web:") {
        if host.contains(':') {
            return None;
        }
        let host = host.replace("%3A", ":").replace("%3a", ":");
        let scheme = if host.split(':').next() == Some("localhost") { "http" } else { "https" };
        return Url::parse(&format!("{scheme}://{host}/.well-known/did.json")).ok();
    }
    let mut url = plc.clone();
    url.path_segments_mut().ok()?.pop_if_empty().push(did);
    Some(url)
}

/// Reads a DID document, which must be that of `did`.
fn read(body: &[u8], did: &str) -> Result<Identity, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Document {
        id: String,
        #[serde(default)]
        also_known_as: Vec<String>,
        #[serde(default)]
        service: Vec<Service>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Service {
        #[serde(rename = "type")]
        kind: serde_json::Value,
        service_endpoint: serde_json::Value,
    }
    let document: Document = serde_json::from_slice(body).map_err(|e| problem("document", &e))?;
    if document.id != did {
        return Err("it is the document of another DID".to_owned());
    }
    let endpoint = document.service.iter().find(|service| service.kind == "AtprotoPersonalDataServer");
    Ok(Identity {
        handle: document.also_known_as.iter().find_map(|name| name.strip_prefix("at://")).map(str::to_owned),
        pds: endpoint.and_then(|service| service.service_endpoint.as_str()).and_then(|url| Url::parse(url).ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_did_leads_to_its_document() {
        let plc = Url::parse("https://plc.example/base").unwrap();
        let address = |did: &str| document_address(&plc, did).map(String::from);
        assert_eq!(address("did:plc:abc").as_deref(), Some("https://plc.example/base/did:plc:abc"));
        assert_eq!(address("did:web:pns.example").as_deref(), Some("https://pns.example/.well-known/did.json"));
        assert_eq!(address("did:web:localhost%3A2583").as_deref(), Some("http://localhost:2583/.well-known/did.json"));
        for did in ["did:web:a:b", "did:key:z6Mk", "did:plc:", "did:plc:../x", "abc", "did:plc:a b"] {
            assert_eq!(address(did), None, "{did}");
        }
    }

    #[test]
    fn another_ones_document_is_refused() {
        let body = br##"{"id":"did:plc:a","alsoKnownAs":["https://x","at://a.example"],
            "service":[{"id":"#x","type":"Other","serviceEndpoint":{}},{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":"https://pds.example"}]}"##;
        let identity = read(body, "did:plc:a").unwrap();
        assert_eq!(identity.handle.as_deref(), Some("a.example"));
        assert_eq!(identity.pds.unwrap().as_str(), "https://pds.example/");
        assert!(read(body, "did:plc:b").is_err());
        assert!(read(b"<html>", "did:plc:a").is_err());
    }
}
