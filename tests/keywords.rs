//! Keyword files and circulars: what is refused, where the message points, and what the fingerprint names.

use std::fs;
use std::sync::Arc;

use netral::keyword::{Circular, KeywordSet, Library, load};
use netral::matcher::{Matcher, Severity, check};
use netral::model::{Activity, Verb};

const HEAD: &str = r#"[set]
id = "contoh"
title = "Contoh"
circular = "skb-2022"
valid_from = 2029-08-06
valid_to = 2030-02-20

[[side]]
id = "a"
title = "A"
number = 1

[[side]]
id = "b"
title = "B"
number = 2
"#;

fn close(tail: &str) -> Result<KeywordSet, String> {
    Library::builtin().close("contoh.toml".to_owned(), format!("{HEAD}\n{tail}")).map_err(|e| e.to_string())
}

/// Every way to get a file wrong: what is appended, and what the message must say.
const WRONG: &[(&str, &[&str])] = &[
    (
        "[[keyword]]\nid = \"x\"\nkind = \"cue\"\nforms = [\"a\"]\nform = [\"b\"]\n",
        &["contoh.toml:22", "unknown field `form`"],
    ),
    (
        "[[keyword]]\nid = \"x\"\nkind = \"kandidat\"\nforms = [\"a\"]\n",
        &["contoh.toml:20", "unknown variant `kandidat`"],
    ),
    (
        "[[keyword]]\nid = \"x\"\nkind = \"candidate\"\nside = \"c\"\nforms = [\"abc\"]\n",
        &["contoh.toml:18", "`x`", "no `[[side]]` with id `c`"],
    ),
    (
        "[[keyword]]\nid = \"x\"\nkind = \"candidate\"\nside = \"a\"\nnumber = 1\nforms = [\"abc\"]\n",
        &["`x`", "not both"],
    ),
    ("[[keyword]]\nid = \"x\"\nkind = \"candidate\"\n", &["`x`", "finds nothing"]),
    ("[[keyword]]\nid = \"x\"\nkind = \"candidate\"\nforms = [\"...\"]\n", &["`x`", "no letter, digit or emoji"]),
    ("[[keyword]]\nid = \"x\"\nkind = \"candidate\"\npatterns = [\"(\"]\n", &["`x`", "not a regular expression"]),
    ("[[keyword]]\nid = \"x\"\nkind = \"candidate\"\npatterns = [\"a*\"]\n", &["`x`", "matches the empty text"]),
    (
        "[[keyword]]\nid = \"x\"\nkind = \"candidate\"\nforms = [\"abc\"]\nstrength = \"weak\"\n",
        &["`x`", "say which with `near"],
    ),
    (
        "[[keyword]]\nid = \"x\"\nkind = \"candidate\"\nforms = [\"abc\"]\nnear = { kinds = [], within = 3 }\n",
        &["`x`", "`near` needs"],
    ),
    ("[[keyword]]\nid = \"x\"\nkind = \"account\"\nforms = [\"abc\"]\n", &["`x`", "needs `accounts"]),
    (
        "[[keyword]]\nid = \"x\"\nkind = \"account\"\naccounts = [{ platform = \"x\" }]\n",
        &["`x`", "`handle` or an `id`"],
    ),
    (
        "[[keyword]]\nid = \"x\"\nkind = \"cue\"\nforms = [\"abc\"]\n[[keyword]]\nid = \"x\"\nkind = \"cue\"\nforms = [\"abd\"]\n",
        &["contoh.toml:22", "already used at contoh.toml:18"],
    ),
    ("[[side]]\nid = \"a\"\ntitle = \"A\"\n", &["contoh.toml:18", "`id` of its own"]),
    ("[[side]]\nid = \"c\"\ntitle = \"C\"\nnumber = 2\n", &["`c`", "already has this `number`"]),
    (
        "[[stage]]\nid = \"s\"\ntitle = \"S\"\nfrom = 2029-10-02\nto = 2029-10-01\ntarget = \"calon\"\n",
        &["`s`", "swap them"],
    ),
    (
        "[[stage]]\nid = \"s\"\ntitle = \"S\"\nfrom = 2029-10-01\nto = 2029-10-09\ntarget = \"calon\"\n[[stage]]\nid = \"t\"\ntitle = \"T\"\nfrom = 2029-10-09\nto = 2029-10-10\ntarget = \"calon\"\n",
        &["`t`", "overlaps the stage `s`"],
    ),
    ("nonsense", &["contoh.toml:18"]),
];

#[test]
fn every_mistake_is_told_with_its_place_and_a_way_out() {
    for (tail, wanted) in WRONG {
        let message = close(tail).expect_err(tail);
        for part in *wanted {
            assert!(message.contains(part), "{part:?} is not in:\n{message}\nfor:\n{tail}");
        }
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let message =
        close("[[keyword]]\nid = \"x\"\nkind = \"cue\"\n[[keyword]]\nid = \"y\"\nkind = \"cue\"\n").unwrap_err();
    assert_eq!(message.lines().count(), 2, "{message}");
}

#[test]
fn a_head_must_make_sense() {
    let with = |from: &str, to: &str| {
        Library::builtin().close("c.toml".to_owned(), HEAD.replace(from, to)).map_err(|e| e.to_string())
    };
    assert!(with("valid_to = 2030-02-20", "").unwrap_err().contains("give both"));
    assert!(with("2030-02-20", "2020-02-20").unwrap_err().contains("swap them"));
    assert!(with("circular = \"skb-2022\"", "").unwrap_err().contains("needs `circular`"));
    assert!(with("skb-2022", "tidak-ada").unwrap_err().contains("no such circular"));
    assert!(
        with("title = \"Contoh\"", "title = \"Contoh\"\ntimezone = \"Asia/Solo\"")
            .unwrap_err()
            .contains("unknown time zone")
    );
    assert!(
        with("title = \"Contoh\"", "title = \"Contoh\"\nextends = [\"tidak-ada\"]")
            .unwrap_err()
            .contains("neither beside it nor built in")
    );
    assert_eq!(
        with("title = \"Contoh\"", "title = \"Contoh\"\ntimezone = \"Asia/Jayapura\"").unwrap().timezone(),
        "Asia/Jayapura"
    );
}

#[test]
fn extends_is_looked_up_beside_the_file_first_and_circles_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a.toml", "[set]\nid = \"a\"\ntitle = \"A\"\nextends = [\"b\"]\n");
    write("b.toml", "[set]\nid = \"b\"\ntitle = \"B\"\nextends = [\"a\"]\n");
    let library = Library::in_folder(folder.path(), None);
    let message = library.set("a").unwrap_err().to_string();
    assert!(message.contains("a -> b -> a"), "{message}");
    write(
        "b.toml",
        "[set]\nid = \"b\"\ntitle = \"B\"\n[[keyword]]\nid = \"k\"\nkind = \"cue\"\nforms = [\"dari berkas\"]\n",
    );
    assert!(library.set("a").unwrap().keyword("k").is_some());
    write("b.toml", "[set]\nid = \"c\"\ntitle = \"B\"\n");
    assert!(library.set("a").unwrap_err().to_string().contains("bears the name of its set"));
    // A folder's own list shadows the built-in one of the same name.
    write("isyarat-umum.toml", "[set]\nid = \"isyarat-umum\"\ntitle = \"Pendek\"\n");
    write(
        "e.toml",
        &HEAD
            .replace("\"contoh\"", "\"e\"")
            .replace("title = \"Contoh\"", "title = \"E\"\nextends = [\"isyarat-umum\"]"),
    );
    assert!(library.set("e").unwrap().keywords().is_empty());
    // A folder is its election sets, a file is itself.
    fs::remove_file(folder.path().join("b.toml")).unwrap();
    let (sets, by_date) = load(Some(folder.path()), None, None).unwrap();
    assert_eq!((sets.len(), by_date), (1, true));
    let (sets, by_date) = load(Some(&folder.path().join("e.toml")), None, None).unwrap();
    assert_eq!((sets.len(), by_date), (1, false));
    assert!(load(Some(folder.path()), None, Some("x")).unwrap_err().to_string().contains("there are: e"));
}

#[test]
fn an_extended_set_has_no_sides_and_ids_are_unique_in_the_closure() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let keyword = "[[keyword]]\nid = \"sama\"\nkind = \"cue\"\nforms = [\"kata\"]\n";
    write("b.toml", &format!("[set]\nid = \"b\"\ntitle = \"B\"\n[[side]]\nid = \"s\"\ntitle = \"S\"\n{keyword}"));
    write("a.toml", &format!("[set]\nid = \"a\"\ntitle = \"A\"\nextends = [\"b\"]\n{keyword}"));
    let message = Library::in_folder(folder.path(), None).set("a").unwrap_err().to_string();
    assert!(
        message.contains("can't have `[[side]]`") && message.contains("b.toml:7") && message.contains("a.toml:5"),
        "{message}"
    );
}

#[test]
fn sources_rebuild_the_same_set() {
    for id in ["pilpres-2024", "pilkada-sragen-2024", "pilkada-madiun-2024", "isyarat-umum"] {
        let set = KeywordSet::builtin(id).unwrap();
        let again = KeywordSet::from_sources(&set.sources()).unwrap();
        assert_eq!(set.fingerprint(), again.fingerprint(), "{id}");
        assert_eq!(set.fingerprint().len(), 64);
        assert_eq!(set.keywords(), again.keywords());
    }
    let mut sources = KeywordSet::builtin("pilpres-2024").unwrap().sources();
    sources.pop();
    assert!(KeywordSet::from_sources(&sources).unwrap_err().to_string().contains("no such circular"));
}

#[test]
fn the_fingerprint_names_the_meaning_not_the_writing() {
    let keyword = "[[keyword]]\nid = \"x\"\nkind = \"candidate\"\nside = \"a\"\nforms = [\"abcd\"]\n";
    let other = "[[keyword]]\nid = \"y\"\nkind = \"candidate\"\nside = \"b\"\nforms = [\"efgh\"]\n";
    let print = |tail: &str| close(tail).unwrap().fingerprint().to_owned();
    let plain = print(&format!("{keyword}{other}"));
    assert_eq!(plain, print(&format!("# catatan\n\n{other}\n{keyword}")));
    assert_ne!(plain, print(&format!("{keyword}{other}").replace("abcd", "abce")));
    assert_ne!(plain, print(keyword));
    // The circular belongs to it: other clauses are other hits.
    let elsewhere = Library::builtin()
        .close("contoh.toml".to_owned(), format!("{HEAD}{keyword}{other}").replace("skb-2022", "sragen-2024"))
        .unwrap();
    assert_ne!(plain, elsewhere.fingerprint());
}

#[test]
fn circulars_are_checked_like_lists() {
    let text = "[circular]\nid = \"c\"\nnumber = \"1\"\n\n[[clause]]\nid = \"1\"\ntitle = \"T\"\nsummary = \"S\"\nverbs = [\"post\"]\n";
    let message = Circular::parse("c.toml", text).unwrap_err().to_string();
    assert!(message.contains("no clause covers every `like`"), "{message}");
    let all = text.replace("[\"post\"]", "[\"post\", \"comment\", \"share\", \"like\", \"follow\", \"join\"]");
    assert!(Circular::parse("c.toml", &all).is_ok());
    let twice = format!("{all}\n[[clause]]\nid = \"1\"\ntitle = \"T\"\nsummary = \"S\"\n");
    assert!(Circular::parse("c.toml", &twice).unwrap_err().to_string().contains("c.toml:11"));
    assert!(Circular::parse("c.toml", &all.replace("number", "nomor")).unwrap_err().to_string().contains("c.toml:3"));
}

#[test]
fn the_shipped_lists_are_without_errors() {
    for id in ["isyarat-umum", "partai-2024", "pilpres-2024", "pilkada-sragen-2024", "pilkada-madiun-2024"] {
        let findings = check(&Arc::new(KeywordSet::builtin(id).unwrap())).unwrap();
        let errors: Vec<String> =
            findings.iter().filter(|f| f.severity == Severity::Error).map(|f| f.problem.to_string()).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}

#[test]
fn check_finds_what_a_careful_colleague_would() {
    let tail = r##"
[[keyword]]
id = "a-nama"
kind = "candidate"
side = "a"
forms = ["Wirabumi", "wirabumi", "makan"]
except = ["tidak ada hubungannya"]
[[keyword]]
id = "b-nama"
kind = "candidate"
side = "b"
forms = ["WIRABUMI Satu", "Wirabumi"]
examples = { match = ["Prakosa hadir"], no_match = ["Wirabumi hadir"] }
[[keyword]]
id = "b-angka"
kind = "number"
side = "b"
forms = ["2", "ab"]
[[keyword]]
id = "b-tagar"
kind = "hashtag"
side = "b"
forms = ["#PilihWirabumi"]
[[keyword]]
id = "izin"
kind = "allow"
forms = ["wirabumi"]
[[stage]]
id = "kampanye"
title = "Kampanye"
from = 2029-09-25
to = 2029-11-23
target = "calon"
"##;
    let findings = check(&Arc::new(close(tail).unwrap())).unwrap();
    let said = |severity: Severity, part: &str| {
        findings.iter().any(|f| f.severity == severity && f.problem.to_string().contains(part))
    };
    assert!(said(Severity::Error, "stands for another side"));
    assert!(said(Severity::Error, "should match and does not"));
    assert!(said(Severity::Error, "bare number \"2\""));
    assert!(said(Severity::Error, "\"ab\" is too short"));
    assert!(said(Severity::Error, "would hide every mention"));
    assert!(said(Severity::Warning, "the same after folding"));
    assert!(said(Severity::Warning, "\"makan\" is a common word"));
    assert!(said(Severity::Warning, "never applies"));
    assert!(said(Severity::Warning, "uneven"));
    assert!(said(Severity::Warning, "at least one `match`"));
    assert!(said(Severity::Warning, "no stage from 2029-08-06"));
    assert!(said(Severity::Warning, "no stage from 2029-11-24 to 2030-02-20"));
}

#[test]
fn a_disabled_keyword_is_silent() {
    let keyword = |enabled| {
        format!(
            "[[keyword]]\nid = \"x\"\nkind = \"hashtag\"\nside = \"a\"\nforms = [\"#wirabumi\"]\nenabled = {enabled}\n"
        )
    };
    for (enabled, hits) in [(true, 1), (false, 0)] {
        let matcher = Matcher::build_undated(vec![Arc::new(close(&keyword(enabled)).unwrap())]).unwrap();
        let activity = Activity { text: "#wirabumi".to_owned(), verb: Verb::Post, ..Activity::default() };
        assert_eq!(matcher.find(&activity).len(), hits);
    }
}
