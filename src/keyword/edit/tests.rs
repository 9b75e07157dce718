use proptest::prelude::*;

use super::*;
use crate::keyword::Library;
use crate::keyword::builtin::KEYWORDS;

const FILE: &str = "contoh.toml";
const TEXT: &str = r##"# Kepala berkas.

[set] # kumpulan
id = "contoh"
title = "Contoh"

# ---- satu ----

[[keyword]]
id = "a"
kind = "candidate"   # calon
forms = ["Wira Bumi", 'Wira']
strength = "strong"
# mengapa lemah
near = { kinds = ["cue"], within = 6 }
note = "satu"

# Catatan untuk b.
[[keyword]]
id = "b"
kind = "hashtag"
forms = [
    "#a", # tagar pertama
    # tagar kedua
    "#b", "#c",
]

# ---- akhir ----
"##;

fn edited(edits: &[Edit]) -> String {
    apply(FILE, TEXT, edits).unwrap()
}

fn put(id: &str, change: impl FnOnce(&mut Entry)) -> Edit {
    let mut entry = Entry { id: id.to_owned(), ..Entry::default() };
    change(&mut entry);
    Edit::Put(Box::new(entry))
}

fn forms(forms: &[&str]) -> Vec<String> {
    forms.iter().map(|&form| form.to_owned()).collect()
}

#[test]
fn what_is_the_same_changes_no_byte() {
    let same = put("a", |e| {
        e.forms = Some(forms(&["Wira Bumi", "Wira"]));
        e.strength = Some(Strength::Strong);
        e.enabled = Some(true);
        e.case = Some(None);
        e.except = Some(Vec::new());
        e.note = Some(Some("satu".to_owned()));
    });
    let known = Edit::AddForms { id: "a".to_owned(), forms: forms(&["wira  bumi", "WIRA"]) };
    assert_eq!(edited(&[same, known]), TEXT.replace("'Wira']", "'Wira', \"wira  bumi\"]"));
    assert_eq!(edited(&[Edit::AddForms { id: "a".to_owned(), forms: forms(&["WIRA", "wira bumi"]) }]), TEXT);
}

#[test]
fn values_change_in_place_and_keep_their_comments() {
    let change = put("a", |e| {
        e.kind = Some(Kind::Party);
        e.forms = Some(forms(&["Wira", "Bumi \"W\""]));
        e.strength = Some(Strength::Weak);
        e.near = Some(None);
        e.stance = Some(Some(Stance::Support));
        e.match_examples = Some(forms(&["ada"]));
    });
    let expected = TEXT
        .replace("kind = \"candidate\"   # calon", "kind = \"party\"   # calon")
        .replace("[\"Wira Bumi\", 'Wira']", "['Wira', \"Bumi \\\"W\\\"\"]")
        .replace("\"strong\"", "\"weak\"")
        .replace(
            "# mengapa lemah\nnear = { kinds = [\"cue\"], within = 6 }\n",
            "stance = \"support\"\nexamples = { match = [\"ada\"] }\n# mengapa lemah\n",
        );
    assert_eq!(edited(&[change]), expected);
}

#[test]
fn a_list_keeps_the_comments_of_what_goes() {
    let change = put("b", |e| e.forms = Some(forms(&["#a", "#c", "#d"])));
    let expected = TEXT.replace("    \"#b\", \"#c\",\n", "    \"#c\", \"#d\",\n");
    assert_eq!(edited(&[change]), expected);
    let last = put("b", |e| e.forms = Some(forms(&["#a"])));
    let text = edited(&[last]);
    assert!(text.contains("\"#a\", # tagar pertama\n    # tagar kedua\n]"), "{text}");
    let turned = put("b", |e| e.forms = Some(forms(&["#b", "#x", "#a"])));
    let text = edited(&[turned]);
    assert!(text.contains("# tagar pertama") && text.contains("# tagar kedua"), "{text}");
    parse::<RawFile>(FILE, &text).unwrap();
}

#[test]
fn long_lists_are_broken_into_lines() {
    let many: Vec<String> = (0..30).map(|n| format!("Wira Bumi {n}")).collect();
    let text = edited(&[Edit::AddForms { id: "a".to_owned(), forms: many.clone() }]);
    assert!(text.contains("forms = [\n    \"Wira Bumi\", \"Wira\", \"Wira Bumi 0\","), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= write::COLUMNS), "{text}");
    // The same forms one after the other give the same lines.
    let one_by_one: Vec<Edit> =
        many.iter().map(|form| Edit::AddForms { id: "a".to_owned(), forms: vec![form.clone()] }).collect();
    let mut stepwise = TEXT.to_owned();
    for edit in one_by_one {
        stepwise = apply(FILE, &stepwise, &[edit]).unwrap();
    }
    assert_eq!(stepwise, text);
}

#[test]
fn new_keywords_stand_at_the_end_and_removed_ones_leave_no_hole() {
    let new = put("c", |e| {
        e.kind = Some(Kind::Account);
        e.accounts = Some(vec![AccountRef { platform: Some("x".to_owned()), handle: Some("@c".to_owned()), id: None }]);
        e.enabled = Some(false);
    });
    let block = "\n[[keyword]]\nid = \"c\"\nkind = \"account\"\naccounts = [{ platform = \"x\", handle = \"@c\" }]\nenabled = false\n";
    let text = edited(&[new]);
    assert_eq!(text, format!("{TEXT}{block}"));
    assert_eq!(apply(FILE, &text, &[Edit::Remove { id: "c".to_owned() }]).unwrap(), TEXT);
    let text = edited(&[Edit::Remove { id: "b".to_owned() }]);
    assert!(text.ends_with("note = \"satu\"\n\n# ---- akhir ----\n"), "{text}");
    let text = edited(&[Edit::Remove { id: "a".to_owned() }]);
    assert!(text.contains("# ---- satu ----\n\n# Catatan untuk b.\n[[keyword]]\nid = \"b\""), "{text}");
}

#[test]
fn windows_lines_stay() {
    let text = TEXT.replace('\n', "\r\n");
    let edits = [put("a", |e| e.note = Some(Some("lain".to_owned()))), put("c", |e| e.kind = Some(Kind::Cue))];
    let out = apply(FILE, &text, &edits).unwrap();
    assert!(!out.replace("\r\n", "").contains('\n'), "{out:?}");
    assert_eq!(apply(FILE, TEXT, &edits).unwrap(), out.replace("\r\n", "\n"));
}

#[test]
fn every_problem_is_listed() {
    let error = apply(
        FILE,
        TEXT,
        &[
            Edit::Remove { id: "x".to_owned() },
            Edit::AddForms { id: "y".to_owned(), forms: Vec::new() },
            put("z", |_| {}),
            put("", |e| e.kind = Some(Kind::Cue)),
        ],
    )
    .unwrap_err();
    assert_eq!(error.problems().len(), 4, "{error}");
    let inline = "keyword = [{ id = \"a\", kind = \"cue\", forms = [\"x\"] }]\n[set]\nid = \"c\"\ntitle = \"c\"\n";
    assert!(apply(FILE, inline, &[Edit::Remove { id: "a".to_owned() }]).is_err());
}

#[test]
fn tables_and_dotted_keys_are_kept() {
    let text = "[set]\nid = \"c\"\ntitle = \"c\"\n\n[[keyword]]\nid = \"a\"\nkind = \"cue\"\nforms = [\"x\"]\nnear.kinds = [\"cue\"]\nnear.within = 2 # dua\n[keyword.examples]\n# contoh\nmatch = [\"a\"]\n\n[[side]]\nid = \"s\"\ntitle = \"s\"\n";
    let change = put("a", |e| {
        e.near = Some(Some(Near { kinds: vec![Kind::Cue], within: 3 }));
        e.match_examples = Some(forms(&["a", "b"]));
        e.no_match_examples = Some(forms(&["c"]));
    });
    let expected = text
        .replace("within = 2", "within = 3")
        .replace("match = [\"a\"]\n", "match = [\"a\", \"b\"]\nno_match = [\"c\"]\n");
    assert_eq!(apply(FILE, text, &[change]).unwrap(), expected);
}

#[test]
fn a_clone_is_switched_off_and_keeps_its_comments() {
    for (id, text) in KEYWORDS {
        let out = clone_set(&format!("{id}.toml"), text, "baru-2029", "Baru 2029").unwrap();
        let set = Library::builtin().close("baru-2029.toml".to_owned(), out.clone()).unwrap();
        assert_eq!((set.id(), set.title()), ("baru-2029", "Baru 2029"));
        assert!(set.keywords().iter().filter(|k| k.file == "baru-2029.toml").all(|k| !k.enabled));
        let comments =
            |text: &str| text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(comments(&out), comments(text));
        let added = out.lines().filter(|line| *line == "enabled = false").count();
        assert_eq!(out.lines().count(), text.lines().count() + added);
    }
    assert!(clone_set(FILE, TEXT, "Tidak Boleh", "x").is_err());
}

#[test]
fn what_is_written_anew_is_what_the_shipped_files_say() {
    for (id, text) in KEYWORDS {
        let raw: RawFile = parse(id, text).unwrap();
        for keyword in &raw.keywords {
            let keyword = keyword.get_ref().plain();
            let block = format!("[set]\nid = \"c\"\ntitle = \"c\"\n\n{}", write::keyword(&keyword));
            let again: RawFile = parse(id, &block).unwrap();
            assert_eq!(again.keywords[0].get_ref().plain(), keyword);
        }
    }
}

proptest! {
    #[test]
    fn every_string_survives_and_the_rest_stays(
        list in proptest::collection::vec("\\PC{0,12}|[\\\\'\"\n\r\t\u{0}#|=]{1,6}", 0..12),
        note in "(?s).{0,20}",
        which in 0usize..2,
    ) {
        let id = ["a", "b"][which];
        let change = put(id, |e| {
            e.forms = Some(list.clone());
            e.patterns = Some(list.clone());
            e.no_match_examples = Some(list.clone());
            e.note = Some(Some(note.clone()));
        });
        let text = edited(&[change]);
        let raw: RawFile = parse(FILE, &text).unwrap();
        let keyword = raw.keywords.iter().map(|k| k.get_ref().plain()).find(|k| k.id == id).unwrap();
        prop_assert_eq!(&keyword.forms, &list);
        prop_assert_eq!(&keyword.patterns, &list);
        prop_assert_eq!(&keyword.examples.no_match, &list);
        prop_assert_eq!(keyword.note.as_deref(), Some(note.as_str()));
        let lines = |id: &str, text: &str| text.split("[[keyword]]").find(|part| part.contains(&format!("id = \"{id}\""))).unwrap().to_owned();
        let other = ["b", "a"][which];
        prop_assert_eq!(lines(other, &text), lines(other, TEXT));
    }
}
