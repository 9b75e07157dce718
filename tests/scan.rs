//! `netral scan` and `netral eval` as programs.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn netral(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netral"));
    // An empty folder: without `keywords` in it the built-in sets are used.
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn scan(args: &[&str], input: &[u8]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut child = netral(&[&["scan"], args].concat()).current_dir(folder.path()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeding = std::thread::spawn(move || stdin.write_all(&input).ok());
    let output = child.wait_with_output().unwrap();
    feeding.join().unwrap();
    output
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn post(id: usize, text: &str) -> String {
    serde_json::json!({"id": id.to_string(), "text": text}).to_string()
}

#[test]
fn output_keeps_the_order_of_the_input() {
    let input: String =
        (0..5_000).map(|i| post(i, if i % 3 == 0 { "coblos nomor 2" } else { "selamat pagi" }) + "\n").collect();
    for threads in ["1", "7"] {
        let output = scan(&["--set", "pilkada-sragen-2024", "--threads", threads, "--stats"], input.as_bytes());
        assert_eq!(output.status.code(), Some(0));
        let ids: Vec<usize> = lines(&output).iter().map(|l| l["id"].as_str().unwrap().parse().unwrap()).collect();
        assert_eq!(ids, (0..5_000).step_by(3).collect::<Vec<_>>());
        let stats: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!((stats["activities"].as_u64(), stats["hits"].as_u64()), (Some(5_000), Some(1_667)));
        assert_eq!(stats["bytes"].as_u64(), Some(input.len() as u64));
        assert!(stats["seconds"].as_f64().unwrap() > 0.0 && stats["build_seconds"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn a_line_has_the_shape_of_the_contract() {
    let output = scan(&["--set", "pilkada-sragen-2024"], post(7, "Dukung S1git P4mungkas").as_bytes());
    let line = &lines(&output)[0];
    let hit = &line["hits"][0];
    assert_eq!((line["id"].as_str(), hit["set"].as_str()), (Some("7"), Some("pilkada-sragen-2024")));
    for key in [
        "version", "clause", "stage", "verb", "level", "score", "sides", "stance", "parties", "matches", "parts",
        "reason", "counter",
    ] {
        assert!(!hit[key].is_null(), "{key}");
    }
    let found = &hit["matches"][1];
    assert_eq!(
        (found["start"].as_u64(), found["end"].as_u64(), found["surface"].as_str()),
        (Some(7), Some(22), Some("S1git P4mungkas"))
    );
}

#[test]
fn all_writes_every_activity() {
    let output = scan(&["--all"], format!("{}\n\n{}", post(1, "halo"), post(2, "")).as_bytes());
    let all = lines(&output);
    assert_eq!(all.len(), 2);
    assert_eq!(all[0], serde_json::json!({"id": "1", "hits": []}));
}

#[test]
fn bad_lines_are_named_but_never_shown_and_kept_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (input, kept) = (folder.path().join("in.jsonl"), folder.path().join("bad.jsonl"));
    let bad: [&[u8]; 4] = [
        b"{\"id\":\"2\",\"text\":\"RAHASIA\",}\r\n",
        b"\xff\xfe RAHASIA\n",
        b"{\"id\":\"4\",\"text\":\"RAHASIA\\ud800\"}\n",
        b"RAHASIA",
    ];
    let mut bytes = format!("\u{FEFF}{}\n", post(1, "coblos nomor 2")).into_bytes();
    bytes.extend(bad.concat());
    fs::write(&input, &bytes).unwrap();
    let output =
        scan(&["--set", "pilkada-sragen-2024", "--rejects", kept.to_str().unwrap(), input.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output).len(), 1);
    assert_eq!(fs::read(&kept).unwrap(), bad.concat());
    let told = String::from_utf8(output.stderr).unwrap();
    for line in 2..=5 {
        assert!(told.contains(&format!("in.jsonl:{line}: ")), "{told}");
    }
    assert!(!told.contains("RAHASIA"), "{told}");
}

#[test]
fn a_line_over_the_limit_is_rejected_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("bad.jsonl");
    let huge = post(2, &"x".repeat(20 << 20)) + "\n";
    let input = [post(1, "coblos nomor 2") + "\n", huge.clone(), post(3, "coblos nomor 2")].concat();
    let output =
        scan(&["--set", "pilkada-sragen-2024", "--rejects", kept.to_str().unwrap(), "--stats"], input.as_bytes());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output).iter().map(|l| l["id"].as_str().unwrap()).collect::<Vec<_>>(), ["1", "3"]);
    assert!(fs::read(&kept).unwrap() == huge.as_bytes(), "the long line is kept as it came");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("<stdin>:2: ") && told.contains("8 MiB") && told.contains(&format!("\"bytes\":{}", input.len())),
        "{told}"
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let input: String = (0..200_000).map(|i| post(i, "coblos nomor 2") + "\n").collect();
    let file = folder.path().join("in.jsonl");
    fs::write(&file, input).unwrap();
    let mut child = netral(&["scan", "--set", "pilkada-sragen-2024", file.to_str().unwrap()]).spawn().unwrap();
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    drop(out);
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!((child.wait().unwrap().code(), told.as_str()), (Some(0), ""));
}

#[test]
fn wrong_usage_is_told_before_anything_is_read() {
    for args in
        [&["--keywords", "tidak-ada.toml"][..], &["--set", "tidak-ada"], &["tidak-ada.jsonl"], &["--threads", "0"]]
    {
        let output = scan(args, b"");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty());
    }
}

#[test]
fn eval_prints_what_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("labelled.jsonl");
    let row = |id: usize, text: &str, label: Value| {
        let mut row: Value = serde_json::from_str(&post(id, text)).unwrap();
        row["label"] = label;
        row.to_string() + "\n"
    };
    let rows = [
        row(
            1,
            "coblos Prabowo",
            serde_json::json!({"level": "review", "sides": ["dua"], "stance": {"dua": "support"}}),
        ),
        row(2, "Prabowo tiba di Solo", serde_json::json!({"level": "context", "sides": ["dua"]})),
        row(3, "selamat pagi", serde_json::json!({"level": "none"})),
        row(4, "Prabowo", serde_json::json!({"level": "review", "ambiguous": true})),
    ];
    fs::write(&file, rows.concat()).unwrap();
    let output =
        netral(&["eval", "--set", "pilpres-2024", "--map", "dua=prabowo-gibran", "--json", file.to_str().unwrap()])
            .current_dir(folder.path())
            .output()
            .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let numbers: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((numbers["rows"].as_u64(), numbers["ambiguous"].as_u64()), (Some(3), Some(1)));
    for name in ["review: precision", "review: recall", "contestant seen", "side right", "stance right"] {
        assert_eq!(numbers["measures"][name]["value"].as_f64(), Some(1.0), "{name}");
    }
}
