//! What is told to the outside: over real HTTP on loopback, and in a real SMTP conversation.

use std::sync::{Arc, Mutex};

use jiff::{Timestamp, ToSpan};
use netral::config::Config;
use netral::notify::{Notifier, NotifyError};
use netral::web::Zone;
use ring::hmac;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::pages::World;
use crate::source::server::{Request, Server, reply};
use crate::support::RULES;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

fn config(text: &str) -> Config {
    let mut config = Config::parse(&format!("[source.http]\ncontact = \"uji\"\n{text}")).unwrap();
    if let Some(webhook) = &mut config.notify.webhook {
        webhook.secret = Some(SecretString::from(SECRET));
    }
    if let Some(telegram) = &mut config.notify.telegram {
        telegram.token = Some(SecretString::from("12345:abc_DEF-9"));
    }
    config
}

fn notifier(world: &World, text: &str) -> Notifier {
    let config = config(text);
    let pages = (Zone::Wib, Some("https://netral.contoh.example".to_owned()));
    let made = Notifier::new(world.db.store.clone(), &config.notify, &config.source.http, pages, RULES.deadline_days);
    made.unwrap().unwrap()
}

fn webhook(server: &Server) -> String {
    format!(
        "[notify]\nlook_seconds = 1\nurgent_hours = 96\n[notify.webhook]\nurl = \"{}/masuk\"\nallow_private = [\"{}\"]\n",
        server.url(),
        server.authority()
    )
}

/// Looks at everything that happened so far: what is younger than a second is left to the next look.
async fn look(notifier: &Notifier) {
    tokio::time::sleep(std::time::Duration::from_millis(1200)).await;
    notifier.look(Timestamp::now()).await.unwrap();
}

async fn send_all(notifier: &Notifier) {
    while notifier.send_next().await.unwrap() {}
}

/// The event, if the signature holds.
fn verified(request: &Request) -> Value {
    let key = data_encoding::BASE64.decode(SECRET.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
    let signed = format!("{}.{}.{}", request.header("webhook-id"), request.header("webhook-timestamp"), request.body);
    let signature = request.header("webhook-signature").strip_prefix("v1,").unwrap();
    let tag = data_encoding::BASE64.decode(signature.as_bytes()).unwrap();
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes(), &tag).unwrap();
    let at: i64 = request.header("webhook-timestamp").parse().unwrap();
    assert!((Timestamp::now().as_second() - at).abs() < 60);
    serde_json::from_str(&request.body).unwrap()
}

async fn sql(world: &World, statements: &[&'static str]) {
    for statement in statements {
        sqlx::query(*statement).execute(world.db.store.pool()).await.unwrap();
    }
}

#[tokio::test]
async fn events_are_told_once_signed_and_without_a_name() {
    let world = World::new().await;
    let server = Server::start(|_| reply(204, &[], "")).await;
    let notifier = notifier(&world, &webhook(&server));
    // The first look begins here: what was before it is in the digest.
    notifier.look(Timestamp::now()).await.unwrap();
    send_all(&notifier).await;
    assert_eq!(server.count(), 0);

    sql(&world, &[
        "update hit set created_at = now(), urgent_at = now() - interval '100 hours' where hit_id in (select hit_id from hit where state = 'open' order by hit_id limit 2)",
        "insert into user_proposal (proposal_id, login, kind, role, why, proposed_by) values (gen_random_uuid(), 'kepala', 'role', 'reviewer', 'pindah tugas', 'admin')",
        "insert into source_state (platform, failures, last_error, last_error_at) values ('bluesky', 5, 'tidak menjawab', now())",
    ])
    .await;
    look(&notifier).await;
    send_all(&notifier).await;
    look(&notifier).await;
    send_all(&notifier).await;
    let requests = server.requests.lock().unwrap().clone();
    let mut told: Vec<_> = requests.iter().map(verified).collect();
    told.sort_by_key(|event| event["type"].to_string());
    let kinds: Vec<_> =
        told.iter().map(|event| (event["type"].as_str().unwrap(), event["data"]["count"].as_i64())).collect();
    assert_eq!(kinds, [("hit.urgent", Some(2)), ("proposal.waits", Some(1)), ("source.stopped", Some(1))]);
    assert!(told[0]["data"]["ids"][0].as_str().unwrap().starts_with("hit/"));
    assert!(told[1]["data"]["ids"][0].as_str().unwrap().starts_with("user_proposal/"));
    assert_eq!(told[2]["data"]["ids"], json!(["source/bluesky"]));
    for request in &requests {
        for secret in ["Orang Uji", "kepala", "admin", "uji1", "Sena"] {
            assert!(!request.body.contains(secret), "{}", request.body);
        }
    }
    // It answers, and stops again: that is news.
    sql(&world, &["update source_state set failures = 0"]).await;
    look(&notifier).await;
    sql(&world, &["update source_state set switched_off_by = 'operator', switched_off_at = now()"]).await;
    look(&notifier).await;
    send_all(&notifier).await;
    assert_eq!(server.count(), 4);
}

#[tokio::test]
async fn a_question_whose_day_has_come_is_told() {
    let world = World::new().await;
    let server = Server::start(|_| reply(200, &[], "ya")).await;
    let notifier = notifier(&world, &webhook(&server));
    notifier.look(Timestamp::now()).await.unwrap();
    let reviewer = crate::support::user(&world.db.store, "tambahan", netral::model::Role::Reviewer).await;
    let hit = world.hit("post");
    world.db.store.claim_hit(hit, &reviewer, jiff::SignedDuration::from_mins(5)).await.unwrap();
    let draft = netral::store::DecisionDraft {
        hit,
        outcome: netral::model::Outcome::NeedsClarification,
        clause: Some("C.2.e".into()),
        reason_code: netral::model::ReasonCode::UnclearActor,
        note: "Tidak jelas siapa yang mengunggah.".into(),
    };
    world.db.store.decide(&reviewer, &draft, RULES).await.unwrap();
    look(&notifier).await;
    send_all(&notifier).await;
    assert_eq!(server.count(), 0, "its day has not come");
    sql(
        &world,
        &["update clarification set due_on = (now() at time zone 'Asia/Jakarta')::date, opened_at = clock_timestamp()"],
    )
    .await;
    look(&notifier).await;
    send_all(&notifier).await;
    let event = verified(&server.last());
    assert_eq!((&event["type"], &event["data"]["count"]), (&json!("clarification.due"), &json!(1)));
}

#[tokio::test]
async fn what_is_not_taken_is_tried_again_under_the_same_id_and_given_up_after_a_day() {
    let world = World::new().await;
    let refuse = Arc::new(Mutex::new(true));
    let refusing = Arc::clone(&refuse);
    let server = Server::start(move |_| {
        if *refusing.lock().unwrap() { reply(503, &[("retry-after", "77")], "") } else { reply(200, &[], "") }
    })
    .await;
    let notifier = notifier(&world, &webhook(&server));
    notifier.look(Timestamp::now()).await.unwrap();
    sql(
        &world,
        &["insert into source_state (platform, switched_off_by, switched_off_at) values ('x', 'operator', now())"],
    )
    .await;
    look(&notifier).await;
    send_all(&notifier).await;
    assert_eq!(server.count(), 1);
    let (tries, error, wait): (i32, String, f64) =
        sqlx::query_as("select tries, last_error, extract(epoch from due_at - now())::float8 from notice")
            .fetch_one(world.db.store.pool())
            .await
            .unwrap();
    assert_eq!(tries, 1);
    assert!(error.contains("503") && !error.contains("masuk"), "{error}");
    assert!((60.0..=77.0).contains(&wait), "{wait}");
    sql(&world, &["update notice set due_at = now()"]).await;
    *refuse.lock().unwrap() = false;
    send_all(&notifier).await;
    let requests = server.requests.lock().unwrap().clone();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].header("webhook-id"), requests[1].header("webhook-id"));
    assert_eq!(world.db.store.notices_waiting().await.unwrap(), (0, 0));

    // A worker that died while sending gives it free; whoever sends it then does so once.
    sql(&world, &["update notice set sent_at = null, leased_until = now() + interval '1 minute'"]).await;
    send_all(&notifier).await;
    assert_eq!(server.count(), 2);
    sql(&world, &["update notice set leased_until = now()"]).await;
    tokio::join!(send_all(&notifier), send_all(&notifier), send_all(&notifier));
    assert_eq!(server.count(), 3);

    *refuse.lock().unwrap() = true;
    sql(&world, &["update notice set sent_at = null, due_at = now(), made_at = now() - interval '25 hours'"]).await;
    send_all(&notifier).await;
    assert_eq!(world.db.store.notices_waiting().await.unwrap(), (0, 1));
    sql(&world, &["update notice set due_at = now()"]).await;
    send_all(&notifier).await;
    assert_eq!(server.count(), 4, "given up is given up");
}

#[tokio::test]
async fn addresses_inside_are_told_nothing_unless_the_configuration_names_them() {
    let world = World::new().await;
    let server = Server::start(|_| reply(200, &[], "")).await;
    let text = format!("[notify]\nlook_seconds = 1\n[notify.webhook]\nurl = \"{}/masuk\"\n", server.url());
    let notifier = notifier(&world, &text);
    sql(
        &world,
        &["insert into source_state (platform, switched_off_by, switched_off_at) values ('x', 'operator', now())"],
    )
    .await;
    look(&notifier).await;
    send_all(&notifier).await;
    assert_eq!(server.count(), 0);
    let error: String =
        sqlx::query_scalar("select last_error from notice").fetch_one(world.db.store.pool()).await.unwrap();
    assert!(error.contains("is not read"), "{error}");
    // Nor does a redirect lead anywhere.
    let elsewhere = Server::start(|_| reply(200, &[], "")).await;
    let to = elsewhere.url();
    let redirecting = Server::start(move |_| reply(307, &[("location", &to)], "")).await;
    let notifier = self::notifier(&world, &webhook(&redirecting));
    sql(&world, &["update notice set due_at = now()"]).await;
    send_all(&notifier).await;
    assert_eq!((redirecting.count(), elsewhere.count()), (1, 0));
}

#[tokio::test]
async fn settings_that_cannot_work_are_named() {
    let world = World::new().await;
    let fails = |text: &str, secret: Option<&str>| {
        let mut config = Config::parse(text).unwrap();
        if let Some(webhook) = &mut config.notify.webhook {
            webhook.secret = secret.map(SecretString::from);
        }
        let made = Notifier::new(world.db.store.clone(), &config.notify, &config.source.http, (Zone::Wib, None), 7);
        let error = made.unwrap_err();
        assert!(matches!(error, NotifyError::Config(_)), "{error}");
        error.to_string()
    };
    assert!(fails("[notify.webhook]\nurl = \"http://a.example/\"", Some(SECRET)).contains("webhook.url must be https"));
    assert!(fails("[notify.webhook]\nurl = \"https://a.example/\"", None).contains("NETRAL_WEBHOOK_SECRET"));
    assert!(fails("[notify.telegram]\nchat = \"1\"", None).contains("NETRAL_TELEGRAM_BOT_TOKEN"));
    assert!(
        fails(
            "[notify.email]\nhost = \"surel.example\"\nfrom = \"a@a.example\"\nto = [\"b@a.example\"]\ntls = \"none\"",
            None
        )
        .contains("email.tls")
    );
    assert!(
        fails("[notify.email]\nhost = \"127.0.0.1\"\nfrom = \"siapa\"\nto = [\"b@a.example\"]\ntls = \"none\"", None)
            .contains("email.from")
    );
    assert!(Config::parse("[notify.digest]\nat = \"25:00\"").is_err());
    let quiet = Config::parse("").unwrap();
    let none = Notifier::new(world.db.store.clone(), &quiet.notify, &quiet.source.http, (Zone::Wib, None), 7).unwrap();
    assert!(none.is_none());
}

/// A mail server that takes every message, and keeps it.
async fn mail_server() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mails: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&mails);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                stream.write_all(b"220 surel.uji ESMTP\r\n").await.unwrap();
                let mut line = String::new();
                while stream.read_line(&mut line).await.is_ok_and(|n| n > 0) {
                    let command = line.split([' ', '\r']).next().unwrap_or_default().to_ascii_uppercase();
                    let answer = match command.as_str() {
                        "EHLO" => "250-surel.uji\r\n250 8BITMIME\r\n",
                        "DATA" => {
                            stream.write_all(b"354 mulai\r\n").await.unwrap();
                            let mut mail = String::new();
                            while !mail.ends_with("\r\n.\r\n") {
                                assert!(stream.read_line(&mut mail).await.unwrap() > 0);
                            }
                            kept.lock().unwrap().push(mail);
                            "250 diterima\r\n"
                        }
                        "QUIT" => "221 selesai\r\n",
                        _ => "250 ya\r\n",
                    };
                    stream.write_all(answer.as_bytes()).await.unwrap();
                    if command == "QUIT" {
                        return;
                    }
                    line.clear();
                }
            });
        }
    });
    (port, mails)
}

#[tokio::test]
async fn the_digest_goes_out_once_a_day_by_mail_and_telegram_and_names_nobody() {
    let world = World::new().await;
    let (port, mails) = mail_server().await;
    let telegram = Server::start(|_| reply(200, &[("content-type", "application/json")], "{\"ok\":true}")).await;
    let text = format!(
        "[notify.digest]\nat = \"07:00\"\nlanguage = \"en\"\n\
         [notify.email]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nfrom = \"netral <netral@contoh.example>\"\nto = [\"ketua@contoh.example\", \"operator@contoh.example\"]\n\
         [notify.telegram]\nbase_url = \"{}\"\nchat = \"-1001\"\nallow_private = [\"{}\"]\n",
        telegram.url(),
        telegram.authority()
    );
    let (one, two) = (notifier(&world, &text), notifier(&world, &text));
    let today = Timestamp::now().to_zoned(Zone::Wib.tz()).date();
    let at = |hour: i8| today.at(hour, 0, 0, 0).to_zoned(Zone::Wib.tz()).unwrap().timestamp();
    one.look(at(6)).await.unwrap();
    send_all(&one).await;
    assert_eq!(telegram.count(), 0, "its time has not come");
    // Two workers, and one that starts anew.
    let (a, b) = tokio::join!(one.look(at(7)), two.look(at(7)));
    a.and(b).unwrap();
    notifier(&world, &text).look(at(23)).await.unwrap();
    tokio::join!(send_all(&one), send_all(&two));
    let sent = telegram.last();
    assert_eq!((telegram.count(), mails.lock().unwrap().len()), (1, 1));
    assert_eq!(sent.path, "/bot12345:abc_DEF-9/sendMessage");
    let message: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(message["chat_id"], "-1001");
    let words = message["text"].as_str().unwrap();
    assert!(words.contains("6 hits wait for people."), "{words}");
    assert!(words.contains("https://netral.contoh.example"), "{words}");
    let mail = mails.lock().unwrap()[0].clone();
    assert!(mail.contains("Subject: netral: digest of"), "{mail}");
    assert!(mail.contains("ketua@contoh.example") && mail.contains("operator@contoh.example"), "{mail}");
    assert!(mail.contains("6 hits wait for people."), "{mail}");
    for text in [words, mail.as_str()] {
        for secret in ["Orang Uji", "Dinas Uji", "uji1", "Sena", "Kusnan"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    // The next day has its own.
    one.look(at(7) + 24.hours()).await.unwrap();
    send_all(&one).await;
    assert_eq!((telegram.count(), mails.lock().unwrap().len()), (2, 2));
    let counted = world.db.store.notices_waiting().await.unwrap();
    assert_eq!(counted, (0, 0));
}
