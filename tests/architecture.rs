//! Dependencies between the modules run one way. The list below is the whole permission; an edge that is not here fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Module -> modules that it may use. `telemetry` and `model` stand below everything.
const ALLOWED: &[(&str, &[&str])] = &[
    ("main", &["cli", "telemetry"]),
    (
        "cli",
        &[
            "capture",
            "config",
            "demo",
            "evidence",
            "keyword",
            "matcher",
            "model",
            "notify",
            "oidc",
            "pipeline",
            "register",
            "source",
            "store",
            "telemetry",
            "text",
            "web",
        ],
    ),
    // A component never imports the configuration: the configuration is made of the components' own sections.
    ("config", &["notify", "pipeline", "source", "store", "web"]),
    ("demo", &["keyword", "model", "source", "store"]),
    ("web", &["evidence", "keyword", "matcher", "model", "oidc", "picture", "pipeline", "register", "store", "text"]),
    // The digest speaks the words of the pages.
    ("notify", &["model", "source", "store", "web"]),
    ("oidc", &["source"]),
    ("pipeline", &["keyword", "matcher", "model", "source", "store", "text"]),
    ("register", &["model", "store", "table"]),
    // Which hits are copies of one text is found in the store.
    ("store", &["evidence", "model", "text"]),
    ("source", &["model", "text"]),
    ("capture", &["model", "table", "text"]),
    ("matcher", &["keyword", "model", "text"]),
    ("keyword", &["model", "table", "text"]),
    ("table", &["model", "text"]),
    ("evidence", &[]),
    ("picture", &[]),
    ("text", &[]),
    ("model", &[]),
    ("telemetry", &[]),
];

/// Crates that a module must never name: the matcher's side has no runtime, no network and no database.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("text", &["tokio", "sqlx", "reqwest", "axum"]),
    ("keyword", &["tokio", "sqlx", "reqwest", "axum"]),
    ("table", &["tokio", "sqlx", "reqwest", "axum"]),
    ("register", &["tokio", "sqlx", "reqwest", "axum"]),
    ("matcher", &["tokio", "sqlx", "reqwest", "axum"]),
    ("model", &["tokio", "sqlx", "reqwest", "axum"]),
    ("evidence", &["tokio", "sqlx", "reqwest", "axum"]),
    ("picture", &["tokio", "sqlx", "reqwest", "axum"]),
    ("capture", &["tokio", "sqlx", "reqwest", "axum"]),
    ("source", &["sqlx", "axum"]),
    ("oidc", &["sqlx", "axum", "reqwest"]),
    ("notify", &["sqlx", "axum", "reqwest"]),
    ("pipeline", &["sqlx", "axum", "reqwest"]),
    ("store", &["axum", "reqwest"]),
    ("web", &["reqwest", "sqlx"]),
];

fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every file below `src`, with its top-level module and its code without comments and tests.
fn files() -> Vec<(PathBuf, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(&root).unwrap();
            let module = relative.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = code.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            (path, module, code)
        })
        .collect()
}

#[test]
fn dependencies_run_one_way() {
    let allowed: BTreeMap<_, BTreeSet<_>> =
        ALLOWED.iter().map(|(m, uses)| (*m, uses.iter().copied().collect())).collect();
    let mut wrong = Vec::new();
    for (path, module, code) in files() {
        if module == "lib" {
            continue;
        }
        let Some(may) = allowed.get(module.as_str()) else {
            wrong.push(format!("{}: module `{module}` is not in the list of tests/architecture.rs", path.display()));
            continue;
        };
        let prefix = if module == "main" { "netral::" } else { "crate::" };
        for part in code.split(prefix).skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if name.is_empty() || name == module || !allowed.contains_key(name.as_str()) {
                continue;
            }
            if !may.contains(name.as_str()) {
                wrong.push(format!("{}: `{module}` must not use `{name}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_allowed_edges_have_no_cycle() {
    fn visit<'a>(module: &'a str, path: &mut Vec<&'a str>) {
        assert!(!path.contains(&module), "cycle: {path:?} -> {module}");
        path.push(module);
        for next in ALLOWED.iter().find(|(m, _)| *m == module).map_or(&[][..], |(_, uses)| uses) {
            visit(next, path);
        }
        path.pop();
    }
    for (module, _) in ALLOWED {
        visit(module, &mut Vec::new());
    }
}

#[test]
fn the_matchers_side_knows_no_runtime_and_sql_lives_in_the_store() {
    let mut wrong = Vec::new();
    for (path, module, code) in files() {
        for (_, crates) in FORBIDDEN.iter().filter(|(m, _)| *m == module) {
            for name in *crates {
                if code.contains(&format!("{name}::")) {
                    wrong.push(format!("{}: `{module}` must not use the crate `{name}`", path.display()));
                }
            }
        }
        // One way of doing a thing: one place for each.
        if !path.ends_with("source/http.rs")
            && !path.starts_with(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/source/http"))
            && code.contains("reqwest::Client")
        {
            wrong.push(format!("{}: only source/http makes an HTTP client", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the ledger says happened is read by people, so each kind of it has words in both languages.
#[test]
fn every_event_of_the_ledger_has_words() {
    let locales = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/locales");
    let mut texts = BTreeMap::new();
    for language in ["id", "en"] {
        let files = fs::read_dir(locales.join(language)).unwrap();
        texts.insert(language, files.map(|f| fs::read_to_string(f.unwrap().path()).unwrap()).collect::<String>());
    }
    let is_event = |word: &str| {
        let letters = |part: &str| part.len() > 1 && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        word.split_once('.').is_some_and(|(subject, event)| letters(subject) && letters(event))
    };
    let mut events = BTreeSet::new();
    for (_, module, code) in files() {
        let mut before = "";
        for word in code.split('"') {
            let named = before.trim_end().ends_with("record(") || before.trim_end().ends_with("kind:");
            if is_event(word) && (module == "store" || named) {
                events.insert(word.to_owned());
            }
            before = word;
        }
    }
    // Names of files.
    for other in ["data.new", "postgres.log", "postmaster.pid"] {
        events.remove(other);
    }
    assert!(events.len() > 80, "{events:?}");
    for event in &events {
        let key = format!("\nledger-{} = ", event.replace(['.', '_'], "-"));
        for (language, text) in &texts {
            assert!(text.contains(&key), "`{event}` has no words in {language}");
        }
    }
}
