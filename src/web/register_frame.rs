//! What the register's pages share: their own navigation with what waits, and what the last form came to.

use axum::response::Redirect;
use serde::Deserialize;

use super::access;
use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::state::AppState;

/// One entry of the register's own navigation.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Address.
    pub href: &'static str,
    /// Word.
    pub title: String,
    /// How much waits there; empty where nothing does.
    pub waiting: String,
    /// The page one is on.
    pub here: bool,
}

/// The head of a page of the register.
#[derive(Clone, Debug)]
pub struct RegisterHead {
    /// Its pages that this role may open.
    pub tabs: Vec<Tab>,
    /// What the last form came to.
    pub flash: Option<String>,
    /// What stood in its way.
    pub alert: Option<String>,
}

/// What the address may carry after a form; whatever is not understood says nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct News {
    ok: String,
    salah: String,
    n: String,
}

const TABS: [(&str, &str); 9] = [
    ("/register", "reg-tab-figures"),
    ("/register/orang", "reg-tab-persons"),
    ("/register/unit", "reg-tab-units"),
    ("/register/persetujuan", "reg-tab-approval"),
    ("/register/pernyataan", "reg-tab-declarations"),
    ("/register/keberatan", "reg-tab-objections"),
    ("/informasi-awal", "reg-tab-tips"),
    ("/register/undangan", "reg-tab-invitations"),
    ("/register/impor", "reg-tab-import"),
];

/// Messages that an address may name; anything else is shown as nothing.
const FLASHES: [&str; 26] = [
    "unit-added",
    "unit-renamed",
    "person-added",
    "person-saved",
    "person-reopened",
    "account-added",
    "account-approved",
    "account-ended",
    "account-stopped",
    "circumstance-noted",
    "circumstance-ended",
    "import-taken",
    "import-dropped",
    "invitation-revoked",
    "declaration-accepted",
    "declaration-refused",
    "objection-proposed",
    "objection-upheld",
    "objection-dismissed",
    "tip-entered",
    "tip-queued",
    "tip-background",
    "tip-no-hit",
    "tip-not-kept",
    "tip-goes-on",
    "tip-dropped",
];
const ALERTS: [&str; 15] = [
    "unit-bad",
    "account-none-approved",
    "account-bad-end",
    "account-why",
    "account-end-why",
    "account-still",
    "circumstance-bad-end",
    "settled-already",
    "settle-why",
    "settle-same",
    "settle-choose",
    "tip-own",
    "tip-drop-why",
    "import-refused",
    "tip-no-program",
];

/// The message that an address names, if it is one of these.
fn news_words(news: &News, t: Text) -> (Option<String>, Option<String>) {
    let n = news.n.parse().unwrap_or_default();
    let known = |keys: &[&str], key: &str| keys.contains(&key).then(|| t.n(key, n));
    (known(&FLASHES, &news.ok), known(&ALERTS, &news.salah))
}

impl RegisterHead {
    /// The head of the page at `here`.
    pub async fn new(state: &AppState, visit: &Visit, here: &str, news: &News, t: Text) -> Result<Self, Error> {
        let waiting = state.store.register_waiting().await?;
        let tabs = TABS.into_iter().filter(|(path, _)| access::may_open(path, visit.user.role)).map(|(href, key)| {
            let count = match key {
                "reg-tab-approval" => waiting.accounts,
                "reg-tab-declarations" => waiting.declarations,
                "reg-tab-objections" => waiting.objections,
                "reg-tab-tips" => waiting.tips,
                _ => 0,
            };
            let waiting = if count > 0 { t.number(count) } else { String::new() };
            Tab { href, title: t.s(key), waiting, here: href == here }
        });
        let (flash, alert) = news_words(news, t);
        Ok(Self { tabs: tabs.collect(), flash, alert })
    }
}

/// To a page with a message by name.
pub fn back(path: &str, key: &str) -> Redirect {
    back_with(path, key, 0)
}

/// To a page with a message by name and its figure.
pub fn back_with(path: &str, key: &str, n: u64) -> Redirect {
    let name = if ALERTS.contains(&key) { "salah" } else { "ok" };
    Redirect::to(&format!("{path}?{name}={key}&n={n}"))
}
