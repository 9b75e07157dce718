//! Settings of the pages, as the `[web]` table of the configuration file.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;

use super::clock::Zone;
use super::seal::Keyring;
use crate::model::Role;
use crate::oidc::OidcConfig;

/// Who needs a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondFactorRule {
    /// Whoever sets one up.
    #[default]
    Optional,
    /// Everybody with one of the named roles; before it is set up no other page opens.
    Required,
}

/// How much one token of the API may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ApiConfig {
    /// Requests that come back in a minute.
    pub requests_per_minute: u32,
    /// Requests at once, after a pause.
    pub burst: u32,
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self { requests_per_minute: 120, burst: 60 }
    }
}

/// Settings of the pages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WebConfig {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Address under which people reach the pages, for example `https://netral.sragenkab.go.id`; in messages, and where
    /// a log-in provider sends people back to.
    pub public_url: Option<String>,
    /// The pages are served over HTTPS: the cookie gets `Secure` and the `__Host-` prefix, and browsers are told to stay.
    pub secure_cookies: bool,
    /// Hours after which everyone must log in anew, however busy.
    pub session_hours: u32,
    /// Minutes without a request after which a log-in ends.
    pub idle_minutes: u32,
    /// Minutes for which a claimed hit is held for one reviewer; opening its page again renews them.
    pub lease_minutes: u32,
    /// Time zone of all times on the pages: `WIB`, `WITA` or `WIT`.
    pub zone: Zone,
    /// Minutes over which failed log-ins are counted.
    pub login_window_minutes: u32,
    /// Failed log-ins of one name from one address within the window, after which the pair must wait.
    pub login_failures_pair: u32,
    /// Failed log-ins from one address, whatever the name.
    pub login_failures_address: u32,
    /// Failed log-ins of one name, whatever the address. High on purpose: otherwise anyone could lock a colleague out.
    pub login_failures_name: u32,
    /// Reverse proxies whose `X-Forwarded-For` is believed. Empty: the peer's own address counts.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether log-ins need a code of a second factor beside the password.
    pub second_factor: SecondFactorRule,
    /// The roles that need one where it is required; none named: all.
    pub second_factor_roles: Vec<Role>,
    /// Key that seals second factors in the database: 32 bytes in hex or base64, from `NETRAL_SECRET_KEY`.
    #[serde(skip)]
    pub secret_key: Option<Keyring>,
    /// The API's limits.
    pub api: ApiConfig,
    /// A provider through which people may log in as well.
    pub oidc: Option<OidcConfig>,
    /// Bearer token with which `/metrics` may be read from elsewhere; without one only loopback may.
    pub metrics_token: Option<SecretString>,
}

impl Default for WebConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            secure_cookies: true,
            session_hours: 12,
            idle_minutes: 60,
            lease_minutes: 15,
            zone: Zone::Wib,
            login_window_minutes: 15,
            login_failures_pair: 5,
            login_failures_address: 30,
            login_failures_name: 60,
            trusted_proxies: Vec::new(),
            second_factor: SecondFactorRule::Optional,
            second_factor_roles: Vec::new(),
            secret_key: None,
            api: ApiConfig::default(),
            oidc: None,
            metrics_token: None,
        }
    }
}

impl WebConfig {
    /// What is wrong with these settings, in words; nothing when they can be used.
    ///
    /// # Errors
    /// The first setting that cannot work, with the value it needs.
    pub fn validate(&self) -> Result<(), String> {
        let counts = [
            ("session_hours", self.session_hours),
            ("idle_minutes", self.idle_minutes),
            ("lease_minutes", self.lease_minutes),
            ("login_window_minutes", self.login_window_minutes),
            ("login_failures_pair", self.login_failures_pair),
            ("login_failures_address", self.login_failures_address),
            ("login_failures_name", self.login_failures_name),
            ("api.requests_per_minute", self.api.requests_per_minute),
            ("api.burst", self.api.burst),
        ];
        for (key, value) in counts {
            if value == 0 {
                return Err(format!("web.{key} must be at least 1"));
            }
        }
        if let Some(oidc) = &self.oidc {
            oidc.validate().map_err(|problem| format!("web.oidc: {problem}"))?;
            if self.public_url.is_none() {
                return Err("web.oidc needs web.public_url, where the provider sends people back to".to_owned());
            }
        }
        match &self.public_url {
            Some(url) if !url.starts_with("https://") && self.secure_cookies => {
                Err("web.public_url is not https, so browsers would drop the cookie: set web.secure_cookies = false or serve over https".to_owned())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn requires_second_factor(&self, role: Role) -> bool {
        self.second_factor == SecondFactorRule::Required
            && (self.second_factor_roles.is_empty() || self.second_factor_roles.contains(&role))
    }

    pub(super) fn session(&self) -> SignedDuration {
        SignedDuration::from_hours(self.session_hours.into())
    }

    pub(super) fn idle(&self) -> SignedDuration {
        SignedDuration::from_mins(self.idle_minutes.into())
    }

    pub(super) fn lease(&self) -> SignedDuration {
        SignedDuration::from_mins(self.lease_minutes.into())
    }

    pub(super) fn login_window(&self) -> SignedDuration {
        SignedDuration::from_mins(self.login_window_minutes.into())
    }
}
