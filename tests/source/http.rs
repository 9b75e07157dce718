//! The client's bounds: where it goes, how long it waits, how much it takes.

use std::time::{Duration, Instant};

use netral::source::http::{Credential, HttpError, Request, Response};
use netral::source::{Http, SourceError};

use super::http_config;
use super::server::{Reply, Server, head, redirect, reply};

fn client(allow: &[String]) -> Http {
    Http::new(&http_config(allow)).unwrap()
}

async fn get(http: &Http, url: &str) -> Result<Response, HttpError> {
    http.send(Request::get(url.parse().unwrap(), "*/*")).await
}

/// One server, one request, with the ban lifted for it.
async fn exchange(answer: Reply) -> Result<Response, HttpError> {
    let server = Server::start(move |_| answer.clone()).await;
    get(&client(&[server.authority()]), &server.url()).await
}

fn transient(error: HttpError) -> bool {
    matches!(SourceError::from(error), SourceError::Transient { .. })
}

#[tokio::test]
async fn a_request_says_who_asks_and_what_is_known() {
    let server = Server::start(|_| reply(304, &[("etag", "\"b\"")], "")).await;
    let mut request = Request::get(format!("{}/x?y=1", server.url()).parse().unwrap(), "application/json");
    request.etag = Some("\"a\"".to_owned());
    request.last_modified = Some("Tue, 25 Sep 2029 03:00:00 GMT".to_owned());
    let answer = client(&[server.authority()]).send(request).await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.header("ETag")), (304, Some("\"b\"")));
    let head = server.last().head.to_ascii_lowercase();
    for line in [
        "get /x?y=1 http/1.1",
        "user-agent: netral/",
        "(+diskominfo@contoh.example)",
        "if-none-match: \"a\"",
        "if-modified-since: tue, 25 sep 2029 03:00:00 gmt",
        "accept: application/json",
        "gzip",
    ] {
        assert!(head.contains(line), "{line} is missing in {head}");
    }
    assert!(!head.contains("authorization") && !head.contains("cookie") && !head.contains("referer"));
}

#[tokio::test]
async fn addresses_inside_are_refused_before_a_byte_is_sent() {
    let server = Server::start(|_| reply(200, &[], "secret")).await;
    let http = client(&[]);
    let port = server.port;
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "017700000001",
        "[::ffff:127.0.0.1]",
        "0",
        "localhost",
        "LocalHost.",
        "127.0.0.1.",
    ] {
        let error = get(&http, &format!("http://{host}:{port}/")).await.unwrap_err();
        assert!(matches!(error, HttpError::Refused { .. }), "{host}: {error}");
        assert!(matches!(SourceError::from(error), SourceError::Permanent { .. }));
    }
    // Another host or port being allowed changes nothing.
    let error =
        get(&client(&[format!("127.0.0.1:{}", port ^ 1), "localhost".to_owned()]), &server.url()).await.unwrap_err();
    assert!(matches!(error, HttpError::Refused { .. }));
    assert_eq!(server.count(), 0);
    assert_eq!(
        get(&client(&["localhost".to_owned()]), &format!("http://localhost:{port}/")).await.unwrap().body,
        "secret"
    );
}

#[tokio::test]
async fn a_name_that_leads_inside_is_refused_by_the_resolver() {
    // Names for this machine that no rule about names catches; which of them are known differs between machines.
    let own = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    for name in ["ip6-localhost", own.trim()] {
        let Ok(mut found) = tokio::net::lookup_host((name, 0)).await else { continue };
        if found.all(|address| match address.ip() {
            std::net::IpAddr::V4(v4) => v4.is_private() || v4.is_loopback(),
            std::net::IpAddr::V6(v6) => v6.is_loopback(),
        }) {
            let error = get(&client(&[]), &format!("http://{name}:9/")).await.unwrap_err();
            assert!(matches!(error, HttpError::Refused { .. }), "{error:?}");
        }
    }
}

#[tokio::test]
async fn no_redirect_leads_inside() {
    let inside = Server::start(|_| reply(200, &[], "secret")).await;
    for to in [
        format!("http://127.0.0.1:{}/", inside.port),
        format!("http://localhost:{}/", inside.port),
        format!("//0x7f.1:{}/", inside.port),
        format!("http://[::ffff:7f00:1]:{}/", inside.port),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::1]/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        "ftp://127.0.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "http://u:p@8.8.8.8/".to_owned(),
        "gopher://x/".to_owned(),
    ] {
        let target = to.clone();
        let server = Server::start(move |_| redirect(&target)).await;
        let error = get(&client(&[server.authority()]), &server.url()).await.unwrap_err();
        assert!(matches!(error, HttpError::Refused { .. }), "{to}: {error:?}");
        assert!(!transient(error));
    }
    assert_eq!(inside.count(), 0);
}

#[tokio::test]
async fn redirects_end() {
    let endless = Server::start(|request| redirect(&format!("/{}", request.path.len()))).await;
    let longer = Server::start(|request| redirect(&format!("{}x", request.path))).await;
    for server in [endless, longer] {
        let error = get(&client(&[server.authority()]), &server.url()).await.unwrap_err();
        assert!(matches!(error, HttpError::Redirect { .. }), "{error:?}");
        assert!(server.count() <= 6);
        assert!(!transient(error));
    }
    for broken in [reply(302, &[], ""), redirect("http://"), redirect("http://[")] {
        assert!(matches!(exchange(broken).await, Err(HttpError::Redirect { .. })));
    }
    let five = Server::start(|request| {
        if request.path.len() < 6 { redirect(&format!("{}x", request.path)) } else { reply(200, &[], "there") }
    })
    .await;
    let answer = get(&client(&[five.authority()]), &five.url()).await.unwrap();
    assert_eq!((&answer.body[..], answer.url.path()), (&b"there"[..], "/xxxxx"));
}

#[tokio::test]
async fn a_token_stays_with_its_host() {
    let elsewhere = Server::start(|_| reply(200, &[], "")).await;
    let to = elsewhere.url();
    let home = Server::start(move |request| if request.path == "/" { redirect("/2") } else { redirect(&to) }).await;
    let mut request = Request::get(home.url().parse().unwrap(), "*/*");
    request.credential = Some(Credential::Bearer("rahasia".to_owned().into()));
    assert!(!format!("{request:?}").contains("rahasia"));
    client(&[home.authority(), elsewhere.authority()]).send(request).await.unwrap();
    assert!(home.last().head.contains("Bearer rahasia"), "a redirect on the same host keeps it");
    assert!(!elsewhere.last().head.contains("rahasia"));
}

#[tokio::test]
async fn slow_servers_end_in_time() {
    for answer in [Reply::Hang, Reply::Slow(head(200, &[], "content-length: 100000")), Reply::Slow(Vec::new())] {
        let started = Instant::now();
        let error = exchange(answer).await.unwrap_err();
        assert!(matches!(error, HttpError::Timeout { .. } | HttpError::Interrupted { .. }), "{error:?}");
        assert!(transient(error));
        assert!(started.elapsed() < Duration::from_secs(4));
    }
}

#[tokio::test]
async fn broken_exchanges_are_transient() {
    let half = [&head(200, &[], "content-length: 100")[..], b"half"].concat();
    let chunk = [&head(200, &[], "transfer-encoding: chunked")[..], b"ffff\r\nhalf"].concat();
    let no_gzip = [&head(200, &[("content-encoding", "gzip")], "content-length: 4")[..], b"half"].concat();
    for answer in [
        Reply::Bytes(half.clone()),
        Reply::Reset(half),
        Reply::Bytes(chunk),
        Reply::Reset(Vec::new()),
        Reply::Bytes(Vec::new()),
        Reply::Bytes(b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec()),
        Reply::Bytes(b"HTTP/1.1 200 OK\r\nhost".to_vec()),
        Reply::Bytes(no_gzip),
    ] {
        let text = format!("{answer:?}");
        let error = exchange(answer).await.unwrap_err();
        assert!(transient(error), "{text}");
    }
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = get(&client(&[closed.to_string()]), &format!("http://{closed}/")).await.unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error:?}");
}

#[tokio::test]
async fn bodies_are_counted_after_decompression() {
    let gzip = reply(200, &[("content-encoding", "gzip")], include_bytes!("../captures/zeros-64m.gz"));
    let brotli = reply(200, &[("content-encoding", "br")], include_bytes!("../captures/zeros-64m.br"));
    let declared = Reply::Bytes([&head(200, &[], "content-length: 1000000000")[..], &vec![b' '; 1_200_000]].concat());
    for bomb in [gzip, brotli, declared, Reply::Endless(head(200, &[], "transfer-encoding: chunked"))] {
        let error = exchange(bomb).await.unwrap_err();
        assert!(matches!(error, HttpError::TooLarge { limit: 1_048_576, .. }), "{error:?}");
        assert!(!transient(error));
    }
    assert_eq!(exchange(reply(200, &[], vec![b' '; 1_048_576])).await.unwrap().body.len(), 1_048_576);
}

#[tokio::test]
async fn messages_hold_no_path_and_no_query() {
    let server = Server::start(|_| Reply::Reset(Vec::new())).await;
    let http = client(&[server.authority()]);
    for url in [format!("{}/rahasia?key=rahasia", server.url()), "http://10.0.0.1/rahasia?key=rahasia".to_owned()] {
        let error = SourceError::from(get(&http, &url).await.unwrap_err());
        assert!(!error.chain().contains("rahasia") && !format!("{error:?}").contains("rahasia"), "{error:?}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused_at_once() {
    let config = |allow: &str| http_config(&[allow.to_owned()]);
    for entry in ["a b", "host:port", "http://x", ""] {
        assert!(matches!(Http::new(&config(entry)), Err(HttpError::Config { .. })), "{entry:?}");
    }
    let mut wrong = config("localhost");
    wrong.contact = "a\nb: c".to_owned();
    assert!(matches!(Http::new(&wrong), Err(HttpError::Config { .. })));
}
