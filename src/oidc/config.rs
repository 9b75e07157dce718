//! `[web.oidc]`: log-in through a provider is off unless this is there.

use secrecy::SecretString;
use serde::Deserialize;
use url::{Host, Url};

/// A provider that people may log in through.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcConfig {
    /// The provider's own name, an address: exactly as its discovery document says it.
    pub issuer: String,
    /// Under which name netral is registered there.
    pub client_id: String,
    /// The secret of that registration, from `NETRAL_OIDC_SECRET`; none for a public client.
    #[serde(skip)]
    pub client_secret: Option<SecretString>,
    /// What is asked for.
    pub scope: String,
    /// The claim that is a log-in name of netral, for people who come for the first time. None: only who was bound before.
    pub login_claim: Option<String>,
    /// The provider asks for a second factor itself, so netral does not.
    pub second_factor: bool,
    /// What the log-in page calls it.
    pub label: String,
    /// Hosts inside that may be asked: `host` or `host:port`.
    pub allow_private: Vec<String>,
}

impl Default for OidcConfig {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: None,
            scope: "openid".to_owned(),
            login_claim: None,
            second_factor: false,
            label: "SSO".to_owned(),
            allow_private: Vec::new(),
        }
    }
}

impl OidcConfig {
    /// What is wrong with these settings, in words; nothing when they can be used.
    ///
    /// # Errors
    /// The first setting that cannot work.
    pub fn validate(&self) -> Result<(), String> {
        let issuer = Url::parse(&self.issuer).map_err(|e| format!("issuer must be an address: {e}"))?;
        let loopback = match issuer.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if issuer.scheme() != "https" && !(issuer.scheme() == "http" && loopback) {
            return Err("issuer must be https; http only on this machine".to_owned());
        }
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return Err("issuer must have neither query nor fragment".to_owned());
        }
        if self.client_id.is_empty() {
            return Err("client_id must be set".to_owned());
        }
        if !self.scope.split(' ').any(|word| word == "openid") {
            return Err("scope must hold `openid`".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_reached_over_https_or_on_this_machine() {
        let check = |issuer: &str| {
            OidcConfig { issuer: issuer.to_owned(), client_id: "netral".to_owned(), ..OidcConfig::default() }.validate()
        };
        for good in
            ["https://sso.contoh.go.id/realms/kab", "http://127.0.0.1:9", "http://[::1]:9", "http://localhost:9"]
        {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in [
            "",
            "sso",
            "http://sso.contoh.go.id",
            "ftp://127.0.0.1",
            "https://a.example/?x=1",
            "http://127.0.0.1.nip.io",
        ] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
