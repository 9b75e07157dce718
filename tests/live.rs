//! Live posts: a real WebSocket on loopback, the real reader, a real Postgres.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use netral::pipeline::{CollectConfig, Lists, LiveReader};
use netral::source::bluesky::BlueskyLive;
use netral::source::{Http, SourcesConfig};
use netral::store::Store;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use crate::support::TestDb;
use crate::world::{did, prepare, register};

/// What each connection asked for, and what it is sent; then the connection is closed.
type Script = Arc<Mutex<Vec<Vec<String>>>>;
type Asked = Arc<Mutex<Vec<(String, Value)>>>;

#[expect(clippy::result_large_err, reason = "the type is the library's")]
async fn jetstream(script: Vec<Vec<String>>) -> (SocketAddr, Asked) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (script, asked): (Script, Asked) = (Arc::new(Mutex::new(script)), Arc::default());
    let noted = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (script, noted) = (Arc::clone(&script), Arc::clone(&noted));
            tokio::spawn(async move {
                let mut path = String::new();
                let callback = |request: &tokio_tungstenite::tungstenite::handshake::server::Request, response| {
                    path = request.uri().to_string();
                    Ok(response)
                };
                // A plain HTTP request (a target that is looked up) ends here.
                let Ok(mut socket) = tokio_tungstenite::accept_hdr_async(stream, callback).await else { return };
                let Some(Ok(Message::Text(hello))) = socket.next().await else { return };
                noted.lock().await.push((path, serde_json::from_str(&hello).unwrap()));
                let mut script = script.lock().await;
                let lines = if script.is_empty() { None } else { Some(script.remove(0)) };
                drop(script);
                let Some(lines) = lines else {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    return;
                };
                for line in lines {
                    socket.send(Message::text(line)).await.unwrap();
                }
                socket.close(None).await.ok();
            });
        }
    });
    (address, asked)
}

fn commit(n: usize, at: i64, operation: &str, rkey: &str, text: &str) -> String {
    let mut commit = json!({ "rev": "1", "operation": operation, "collection": "app.bsky.feed.post", "rkey": rkey });
    if operation != "delete" {
        let created = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1);
        commit["record"] = json!({ "$type": "app.bsky.feed.post", "text": text, "createdAt": created.to_string() });
        commit["cid"] = json!("bafyuji");
    }
    json!({ "did": did(n), "time_us": at, "kind": "commit", "commit": commit }).to_string()
}

async fn reader(store: &Store, address: SocketAddr) -> LiveReader {
    let text = format!(
        "[http]\nallow_private = [\"{address}\"]\n[bluesky]\nentry = \"http://{address}\"\nplc = \"http://{address}\"\n\
         [bluesky.live]\nenabled = true\nurl = \"ws://{address}/subscribe\""
    );
    let config: SourcesConfig = toml::from_str(&text).unwrap();
    let live = BlueskyLive::new(config.bluesky.clone(), Http::new(&config.http).unwrap());
    let lists = Lists::follow(store.clone(), CancellationToken::new()).await.unwrap();
    LiveReader::new(store.clone(), live, lists, CollectConfig { lease_seconds: 10, ..CollectConfig::default() })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_posts_deletions_and_states_arrive_and_a_break_loses_nothing() {
    let db = TestDb::new().await;
    let dir = tempfile::tempdir().unwrap();
    prepare(&db.store, dir.path()).await;
    register(&db.store, 3).await;
    // An ordinary pass has read them before: only then it is known that they do not ask to be hidden.
    sqlx::query("update collector_state set last_ok_at = now()").execute(db.store.pool()).await.unwrap();
    let at = 1_900_000_000_000_000;
    let state = json!({ "did": did(3), "time_us": at + 40, "kind": "account",
        "account": { "active": false, "did": did(3), "seq": 1, "time": "x", "status": "suspended" } });
    let first = vec![
        commit(1, at, "create", "3aa", "Dukung Danurwenda Sastrobawono, coblos nomor urut 1 ya"),
        commit(900, at + 10, "create", "3ab", "rahasia orang lain"),
        "bukan json".to_owned(),
        commit(2, at + 20, "create", "3ac", "selamat pagi"),
    ];
    let second = vec![
        commit(2, at + 20, "create", "3ac", "selamat pagi"),
        commit(2, at + 30, "delete", "3ac", ""),
        state.to_string(),
    ];
    let (address, asked) = jetstream(vec![first, second]).await;
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(reader(&db.store, address).await.run(shutdown.clone()));
    let whole = async || -> bool {
        let facts: i64 = sqlx::query_scalar("select count(*) from activity_fact where kind = 'deleted'")
            .fetch_one(db.store.pool())
            .await
            .unwrap();
        let states: i64 = sqlx::query_scalar("select count(*) from collector_state where account_state = 'suspended'")
            .fetch_one(db.store.pool())
            .await
            .unwrap();
        facts == 1 && states == 1
    };
    let mut done = false;
    for _ in 0..120 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        done = whole().await;
        if done {
            break;
        }
    }
    assert!(done, "the second connection goes on where the first broke");
    let texts: Vec<(String,)> =
        sqlx::query_as("select text from activity order by text").fetch_all(db.store.pool()).await.unwrap();
    assert_eq!(texts.len(), 2, "each once, and nobody else's: {texts:?}");
    let hits: i64 =
        sqlx::query_scalar("select count(*) from hit where state = 'open'").fetch_one(db.store.pool()).await.unwrap();
    assert!(hits >= 1);
    let asked = asked.lock().await;
    let wanted = asked[0].1["payload"]["wantedDids"].as_array().unwrap();
    assert_eq!(wanted.len(), 3);
    assert!(
        !asked[0].0.contains("cursor=") && asked[1].0.contains(&format!("cursor={}", at + 20 - 5_000_000)),
        "{}",
        asked[1].0
    );
    drop(asked);
    shutdown.cancel();
    task.await.unwrap();
    let held: i64 = sqlx::query_scalar("select count(*) from stream_state where leased_by is not null")
        .fetch_one(db.store.pool())
        .await
        .unwrap();
    assert_eq!(held, 0, "given back");
}

#[tokio::test]
async fn a_live_server_inside_is_not_connected_to() {
    let config: SourcesConfig = toml::from_str("[bluesky.live]\nurl = \"ws://127.0.0.1:9/subscribe\"").unwrap();
    let live = BlueskyLive::new(config.bluesky.clone(), Http::new(&config.http).unwrap());
    let error = live.connect(&[did(1)], None).await.unwrap_err();
    assert!(error.chain().contains("not a public one"), "{}", error.chain());
}
