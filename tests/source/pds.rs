//! A real PLC directory and personal data server, written by others, read by the source. Opt-in: `tests/pds/setup.sh`, then
//! `NETRAL_PDS_DIR=target/pds`.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use netral::model::{Account, Activity, Verb};
use netral::source::{AccountState, Cursor, Source, SourceError};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::{account, pass, source_at};

/// The servers, ended with the test.
pub struct Network {
    _child: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    about: Value,
}

impl Network {
    /// Starts them; `None` where they are not installed.
    pub async fn start() -> Option<Self> {
        let Some(dir) = std::env::var_os("NETRAL_PDS_DIR") else {
            eprintln!("skipped: NETRAL_PDS_DIR is not set; see tests/pds/setup.sh");
            return None;
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new("node")
            .arg(root.join("tests/pds/serve.mjs"))
            .env("NETRAL_PDS_DIR", root.join(dir))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut network = Self { input: child.stdin.take().unwrap(), _child: child, output, about: Value::Null };
        network.about = network.line().await;
        Some(network)
    }

    async fn line(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_secs(120), self.output.next_line()).await.unwrap().unwrap();
        serde_json::from_str(&line.expect("the servers ended")).unwrap()
    }

    /// Another post of the campaign's account, another post and another like of the registered one.
    pub async fn more(&mut self) {
        self.input.write_all(b"more\n").await.unwrap();
        self.line().await;
    }

    /// An address: `plc` or `pds`.
    pub fn text(&self, key: &str) -> String {
        self.about[key].as_str().unwrap().to_owned()
    }

    /// An account's DID by its handle.
    pub fn did(&self, handle: &str) -> String {
        let accounts = self.about["accounts"].as_array().unwrap();
        accounts.iter().find(|account| account["handle"] == handle).unwrap()["did"].as_str().unwrap().to_owned()
    }

    /// Everything of an account, whether registered or not.
    pub async fn items(&self, handle: &str) -> Vec<Activity> {
        let account =
            Account { valid_from: jiff::civil::date(2020, 1, 1), ..account("bluesky", handle, &self.did(handle)) };
        let page = pass(&*self.source(), &account, &mut Cursor::start()).await.unwrap();
        page.items.into_iter().map(|item| item.activity).collect()
    }

    /// A new source each time, as after a restart.
    pub fn source(&self) -> std::sync::Arc<dyn Source> {
        source_at("bluesky", &self.text("pds"), |config| {
            config.bluesky.plc = self.text("plc").parse().unwrap();
            config.bluesky.page_size = 2;
            config.bluesky.respect_no_unauthenticated = true;
            config.http.total_timeout_ms = 20_000;
            config.http.read_timeout_ms = 20_000;
            config.http.allow_private = ["plc", "pds"].map(|key| self.text(key).replace("http://", "")).to_vec();
        })
    }
}

fn summary(activity: &Activity) -> (Verb, &str, Option<&str>, Option<&str>) {
    let target = activity.target.as_ref();
    (activity.verb, &activity.text, target.and_then(|t| t.handle.as_deref()), target.and_then(|t| t.text.as_deref()))
}

#[tokio::test]
async fn a_registered_account_on_a_real_server_is_read() {
    let Some(mut network) = Network::start().await else { return };
    // The servers' records are of today, whenever that is.
    let valid = |account: Account| Account { valid_from: jiff::civil::date(2020, 1, 1), ..account };
    let registered = valid(account("bluesky", "bambang.test", &network.did("bambang.test")));
    let mut cursor = Cursor::start();
    let page = pass(&*network.source(), &registered, &mut cursor).await.unwrap();
    assert!(page.rejected.is_empty(), "{:?}", page.rejected);
    let mut found: Vec<_> = page.items.iter().map(|item| summary(&item.activity)).collect();
    found.sort_unstable();
    let campaign = (Some("menang02.test"), Some("Ayo coblos nomor 2 di hari pemungutan suara!"));
    let mut expected = [
        (Verb::Post, "Apel pagi di kantor bersama @sri.test #pelayanan", None, None),
        (Verb::Share, "Gaskeun bersama!", campaign.0, campaign.1),
        (Verb::Comment, "Siap, menang!", campaign.0, campaign.1),
        (Verb::Share, "", campaign.0, campaign.1),
        (Verb::Like, "", campaign.0, campaign.1),
        (Verb::Follow, "", Some("menang02.test"), Some("Tim Menang 02\nCoblos nomor 2, menang bersama")),
        (Verb::Follow, "", Some("sri.test"), None),
    ];
    expected.sort_unstable();
    assert_eq!(found, expected);
    for item in &page.items {
        let activity = &item.activity;
        assert!(activity.id.starts_with(&format!("at://{}/", registered.external_id)) && activity.posted_at.is_some());
        assert_eq!(serde_json::from_slice::<Value>(&item.raw).unwrap()["uri"], activity.id.as_str());
    }
    let post = page.items.iter().map(|item| &item.activity).find(|activity| activity.verb == Verb::Post).unwrap();
    assert_eq!(
        (&post.hashtags[..], &post.mentions[..]),
        (&["pelayanan".to_owned()][..], &["@sri.test".to_owned()][..])
    );

    assert!(
        pass(&*network.source(), &registered, &mut cursor).await.unwrap().items.is_empty(),
        "a second pass adds nothing"
    );
    network.more().await;
    let page = pass(&*network.source(), &registered, &mut cursor).await.unwrap();
    let found: Vec<_> = page.items.iter().map(|item| summary(&item.activity)).collect();
    let like = (Verb::Like, "", Some("menang02.test"), Some("Kampanye akbar hari ke-1"));
    assert_eq!(found, [(Verb::Post, "Catatan kerja nomor 1", None, None), like]);

    // By its handle alone, as a register may hold it; and somebody the server does not know.
    let by_handle =
        pass(&*network.source(), &valid(account("bluesky", "bambang.test", "")), &mut Cursor::start()).await.unwrap();
    assert_eq!(by_handle.items.len(), 9);
    for unknown in [account("bluesky", "siapa.test", ""), account("bluesky", "", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa")] {
        let error = pass(&*network.source(), &unknown, &mut Cursor::start()).await.unwrap_err();
        assert!(matches!(error, SourceError::Unavailable { state: AccountState::NotFound, .. }), "{}", error.chain());
    }
}
