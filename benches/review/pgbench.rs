//! The statements of one request, out of the server's log and into pgbench.
//!
//! A statement keeps its text; its parameters become pgbench's variables, sent as parameters of a prepared statement as
//! netral sends them. Where the request was about one hit, each transaction is about another.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{CONNECTIONS, Phase};

/// What begins each line of the log while statements are recorded.
const PREFIX: &str = "<%a>";
const NETRAL: &str = "<netral>";
/// So many transactions of each client of pgbench do not count.
const WARM: f64 = 10.0;

/// One statement as netral sent it.
#[derive(Clone, Debug)]
pub struct Statement {
    sql: String,
    /// None: null.
    parameters: Vec<Option<String>>,
}

/// The server's log, from a moment on.
pub struct Log {
    file: PathBuf,
    from: u64,
}

impl Log {
    /// From now on every statement is written down.
    pub async fn begin(pool: &PgPool) -> anyhow::Result<Self> {
        set(pool, &["log_min_duration_statement = 0", &format!("log_line_prefix = '{PREFIX}'")]).await?;
        let data: String = sqlx::query_scalar("show data_directory").fetch_one(pool).await?;
        let file = Path::new(&data).with_file_name("postgres.log");
        let from = std::fs::metadata(&file).with_context(|| format!("no log at {}", file.display()))?.len();
        Ok(Self { file, from })
    }

    /// What was written down since.
    pub async fn end(self, pool: &PgPool) -> anyhow::Result<Vec<Statement>> {
        set(pool, &["log_min_duration_statement = default", "log_line_prefix = default"]).await?;
        let bytes = std::fs::read(&self.file)?;
        let new = bytes.get(usize::try_from(self.from)?..).unwrap_or_default();
        Ok(statements(&String::from_utf8_lossy(new)))
    }
}

async fn set(pool: &PgPool, settings: &[&str]) -> anyhow::Result<()> {
    for setting in settings {
        sqlx::query(sqlx::AssertSqlSafe(format!("alter system set {setting}"))).execute(pool).await?;
    }
    sqlx::query("select pg_reload_conf()").execute(pool).await?;
    // Each server process takes the new settings up when it next has something to do.
    tokio::time::sleep(Duration::from_millis(300)).await;
    Ok(())
}

/// The executed statements in a log, in order. Lines that continue one begin with a tabulator.
fn statements(log: &str) -> Vec<Statement> {
    let mut entries: Vec<String> = Vec::new();
    for line in log.lines() {
        match (line.strip_prefix('\t'), entries.last_mut()) {
            (Some(more), Some(entry)) => {
                entry.push('\n');
                entry.push_str(more);
            }
            _ => entries.push(line.to_owned()),
        }
    }
    let mut found: Vec<Statement> = Vec::new();
    let mut is_run = false;
    for entry in entries {
        let Some(entry) = entry.strip_prefix(NETRAL) else { continue };
        if let Some(text) = entry.strip_prefix("DETAIL:  ").and_then(|text| text.split_once("arameters: ")) {
            if let Some(last) = found.last_mut().filter(|_| is_run) {
                last.parameters = parameters(text.1);
            }
            continue;
        }
        is_run = false;
        let Some((_, what)) = entry.strip_prefix("LOG:  duration: ").and_then(|rest| rest.split_once("  ")) else {
            continue;
        };
        // Parse and bind are told of as well; only what ran counts.
        let sql = match what.split_once(": ") {
            Some((how, sql)) if how == "statement" || how.starts_with("execute ") => sql.to_owned(),
            _ => continue,
        };
        // The web server asks each second whether other lists are live, whoever asks it for pages.
        if !sql.contains("list_generation") {
            is_run = true;
            found.push(Statement { sql, parameters: Vec::new() });
        }
    }
    found
}

/// `$1 = 'a', $2 = NULL`
fn parameters(text: &str) -> Vec<Option<String>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(" = ") {
        if let Some(quoted) = after.strip_prefix('\'') {
            let mut value = String::new();
            let mut chars = quoted.char_indices().peekable();
            let mut end = quoted.len();
            while let Some((at, c)) = chars.next() {
                match c {
                    '\'' if chars.peek().is_some_and(|(_, next)| *next == '\'') => {
                        value.push('\'');
                        chars.next();
                    }
                    '\'' => {
                        end = at + 1;
                        break;
                    }
                    other => value.push(other),
                }
            }
            out.push(Some(value));
            rest = quoted.get(end..).unwrap_or_default();
        } else {
            out.push(None);
            rest = after.strip_prefix("NULL").unwrap_or(after);
        }
    }
    out
}

/// A script for pgbench, with the values of its variables.
pub struct Script {
    text: String,
    variables: BTreeMap<String, String>,
    statements: usize,
}

/// The recorded hit: its id, account, and the platform's id of its activity.
type Named = (Uuid, Uuid, String);

impl Script {
    pub fn statements(&self) -> usize {
        self.statements
    }

    /// The same each time.
    pub fn fixed(title: &str, statements: &[Statement]) -> Self {
        let mut script = Self::empty(title);
        for statement in statements {
            script.add(statement, None, ";");
        }
        script
    }

    /// About a hit that is drawn each time.
    pub fn of_a_random_hit(title: &str, statements: &[Statement], named: Option<&Named>) -> Self {
        let mut script = Self::empty(title);
        script.text.push_str(
            "\\set n random(0, :hits - 1)\nselect hit_id as hit, account_id as account, external_id as external from ukur_hit where n = :n \\gset\n",
        );
        for statement in statements {
            script.add(statement, named, ";");
        }
        script
    }

    /// About the hit that the transaction claims first: what netral claims last, for the next decision.
    pub fn of_the_claimed_hit(title: &str, statements: &[Statement], named: Option<&Named>) -> anyhow::Result<Self> {
        let (claim, others) = statements.split_last().context("nothing was recorded")?;
        ensure!(claim.sql.contains("skip locked"), "the last statement of a decision is no claim");
        let mut script = Self::empty(title);
        script.add(claim, None, " \\gset");
        script.text.push_str(
            "select hit_id as hit, account_id as account, external_id as external from ukur_hit where hit_id = :hit_id \\gset\n",
        );
        for statement in others {
            script.add(statement, named, ";");
        }
        Ok(script)
    }

    /// Nothing but a claim, without asking for whom a hit is.
    pub fn bare_claim() -> Self {
        let mut script = Self::empty("bare claim");
        script.text.push_str(
            "with next as (
                 select account_id, hit_id from hit where state = 'open' and (claimed_until is null or claimed_until <= now())
                 order by urgent_at, hit_id limit 1 for update skip locked)
             update hit h set claimed_by = (select user_id from app_user where login = 'ukur1'), claimed_at = now(),
                    claimed_until = now() + interval '15 minutes'
             from next where h.account_id = next.account_id and h.hit_id = next.hit_id;\n",
        );
        script.statements = 1;
        script
    }

    fn empty(title: &str) -> Self {
        Self { text: format!("-- {title}\n"), variables: BTreeMap::new(), statements: 0 }
    }

    fn add(&mut self, statement: &Statement, named: Option<&Named>, end: &str) {
        self.statements += 1;
        let place = self.statements;
        let is_new = statement.sql.starts_with("insert into decision ");
        let mut values = Vec::new();
        for (n, parameter) in statement.parameters.iter().enumerate() {
            values.push(match (parameter, named) {
                (None, _) => "null".to_owned(),
                // A variable of pgbench can't be empty.
                (Some(value), _) if value.is_empty() => "''".to_owned(),
                (Some(_), _) if is_new && n == 1 => "gen_random_uuid()".to_owned(),
                (Some(value), Some((hit, ..))) if *value == hit.to_string() => ":hit".to_owned(),
                (Some(value), Some((_, account, _))) if *value == account.to_string() => ":account".to_owned(),
                (Some(value), Some((.., external))) if value == external => ":external".to_owned(),
                (Some(value), _) => {
                    let name = format!("s{place}p{}", n + 1);
                    self.variables.insert(name.clone(), value.clone());
                    format!(":{name}")
                }
            });
        }
        self.text.push_str(&filled(statement.sql.trim_end().trim_end_matches(';'), &values));
        self.text.push_str(end);
        self.text.push('\n');
    }
}

/// `$n` replaced by the `n`-th value.
fn filled(sql: &str, values: &[String]) -> String {
    let mut out = String::new();
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        let mut number = String::new();
        while c == '$'
            && let Some(digit) = chars.next_if(char::is_ascii_digit)
        {
            number.push(digit);
        }
        match number.parse::<usize>().ok().and_then(|n| values.get(n.checked_sub(1)?)) {
            Some(value) => out.push_str(value),
            // Writing into a String can't fail.
            None => write!(out, "{c}{number}").unwrap_or_default(),
        }
    }
    out
}

/// pgbench and how it reaches the server.
pub struct PgBench {
    program: PathBuf,
    url: String,
    folder: PathBuf,
}

impl PgBench {
    /// Beside the server's own programs, or on the PATH.
    pub fn find(url: &str) -> Option<Self> {
        let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
        let debian = debian.map(|version| version.path().join("bin"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let named = std::env::var_os("NETRAL_PG_BIN").map(PathBuf::from);
        let folders: Vec<_> = named.into_iter().chain(debian).chain(std::env::split_paths(&path)).collect();
        let program = folders.into_iter().map(|folder| folder.join("pgbench")).find(|program| program.is_file())?;
        let folder = std::env::temp_dir().join(format!("netral-pgbench-{}", Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder).ok()?;
        Some(Self { program, url: url.to_owned(), folder })
    }

    /// Runs a script for so long.
    pub fn run(&self, script: &Script, hits: u64, length: Duration) -> anyhow::Result<Phase> {
        let file = self.folder.join("script.sql");
        std::fs::write(&file, &script.text)?;
        let prefix = self.folder.join("log");
        let mut command = Command::new(&self.program);
        command.args(["--no-vacuum", "--protocol=prepared", "--log", "--jobs=2"]);
        command.arg(format!("--client={CONNECTIONS}")).arg(format!("--time={}", length.as_secs().max(1)));
        command.arg(format!("--log-prefix={}", prefix.display())).arg(format!("--file={}", file.display()));
        command.arg(format!("--define=hits={hits}"));
        for (name, value) in &script.variables {
            command.arg(format!("--define={name}={value}"));
        }
        let begun = Instant::now();
        let output = command.arg(&self.url).stdin(Stdio::null()).output()?;
        let words = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success() && !words.contains("aborted"), "pgbench: {words}\n{}", script.text);
        let took = begun.elapsed();
        let mut phase = Phase { took: length.max(Duration::from_secs(1)).min(took), ..Phase::default() };
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("log.")) {
                for line in std::fs::read_to_string(&path)?.lines() {
                    let mut fields = line.split(' ').skip(1).map(str::parse::<f64>);
                    let (Some(Ok(number)), Some(Ok(micros))) = (fields.next(), fields.next()) else {
                        anyhow::bail!("pgbench's log has another form: {line}");
                    };
                    phase.done += 1;
                    // A client's first transactions prepare and plan, which netral did long ago.
                    if number > WARM {
                        phase.latencies.push(micros / 1e3);
                    }
                }
                std::fs::remove_file(path)?;
            }
        }
        Ok(phase)
    }
}

impl Drop for PgBench {
    fn drop(&mut self) {
        if std::fs::remove_dir_all(&self.folder).is_err() {
            eprintln!("pgbench's files were left in {}", self.folder.display());
        }
    }
}
