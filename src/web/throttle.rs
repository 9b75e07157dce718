//! Slows guessing down without letting anyone lock a colleague out.
//!
//! Three counts over one window: name from one address (low), address (higher), name from anywhere (highest). The keys
//! are hashes, so the table of failures names nobody, and the window passes by itself.

use std::net::IpAddr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::error::Error;
use super::state::AppState;

/// The three keys of one attempt, and how the ledger calls its failure.
pub struct Keys {
    pair: [u8; 32],
    address: [u8; 32],
    name: [u8; 32],
    kind: &'static str,
    subject: String,
}

fn key(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().into()
}

/// One home or office line: an IPv6 customer has a whole /64 to choose addresses from.
fn network(address: Option<IpAddr>) -> String {
    match address {
        Some(IpAddr::V6(ip)) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Some(ip) => ip.to_string(),
        None => "unknown".to_owned(),
    }
}

impl Keys {
    /// The keys for a log-in name tried from an address.
    pub fn new(login: &str, address: Option<IpAddr>) -> Self {
        let network = network(address);
        Self {
            pair: key(&["pair", login, &network]),
            address: key(&["address", &network]),
            name: key(&["name", login]),
            kind: "user.login_failed",
            subject: "login".to_owned(),
        }
    }

    /// The keys for the code of a second factor. Whoever gets so far knows the password, so the name's own count is as low
    /// as the pair's: no crowd of addresses may guess six digits.
    pub fn code(login: &str, address: Option<IpAddr>) -> Self {
        let network = network(address);
        Self {
            pair: key(&["code", login]),
            address: key(&["code-address", &network]),
            name: key(&["code", login]),
            kind: "user.code_failed",
            subject: format!("user/{login}"),
        }
    }

    /// The keys for a number that somebody signs with over an invitation. They are counted apart from log-ins: a unit
    /// that fills in its forms must not lock its own users out.
    pub fn signing(invitation: Uuid, number: &str, address: Option<IpAddr>) -> Self {
        let network = network(address);
        // A code is the same in capitals.
        let number = &number.to_ascii_lowercase();
        Self {
            pair: key(&["sign-pair", number, &network]),
            address: key(&["sign-address", &network]),
            name: key(&["sign-name", number]),
            kind: "declaration.failed",
            subject: format!("invitation/{invitation}"),
        }
    }

    /// Whether this attempt must wait.
    ///
    /// # Errors
    /// When the database cannot say: then nobody gets in.
    pub async fn must_wait(&self, state: &AppState) -> Result<bool, Error> {
        let config = &state.config;
        let limits = [
            (self.pair, config.login_failures_pair),
            (self.address, config.login_failures_address),
            (self.name, config.login_failures_name),
        ];
        for (key, limit) in limits {
            if state.store.login_failures(key, config.login_window()).await? >= i64::from(limit) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Counts a failure.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn failed(&self, state: &AppState) -> Result<(), Error> {
        let mut keys = vec![self.pair, self.address];
        if self.name != self.pair {
            keys.push(self.name);
        }
        Ok(state.store.attempt_failed(&keys, self.kind, &self.subject).await?)
    }

    /// Counts what was signed: a form without a log-in is slowed down whoever fills it in. The address is not counted, because
    /// a whole unit signs behind one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn signed(&self, state: &AppState) -> Result<(), Error> {
        Ok(state.store.attempt_counted(&[self.pair, self.name]).await?)
    }

    /// Forgets this person's own slips from this address, not what others tried.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub async fn succeeded(&self, state: &AppState) -> Result<(), Error> {
        Ok(state.store.clear_login_failures(self.pair).await?)
    }
}
