//! `netral register`

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use jiff::civil::Date;
use serde::Deserialize;

use super::{SOME_REJECTED, open_store};
use crate::config::Config;
use crate::model::{PersonStatus, Proof, nip};
use crate::store::{NewAccount, NewPerson, NewUnit, RegisterRow, StoreError};

/// Take in, approve and stop accounts of the register
///
/// Only accounts in the register, linked with a proof and approved by a second person, are ever read.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take in units, persons and accounts from a CSV file
    ///
    /// One row per account; a person with two accounts has two rows, one without any leaves the account columns empty.
    /// Comma or semicolon, UTF-8, with this header:
    ///
    /// kode_unit,nama_unit,jenis_unit,kode_pegawai,nama,status,nip,jabatan,golongan,platform,akun,id_akun,bukti,catatan_bukti,berlaku_dari,berlaku_sampai
    ///
    /// The file is taken in whole or, where one row is wrong, not at all. Taking it in twice changes nothing.
    Import {
        /// The CSV file
        file: PathBuf,
        /// Check every row and say what would change, write nothing
        #[arg(long)]
        dry_run: bool,
        /// Who does this; the accounts then wait for somebody else's approval
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Approve all accounts that somebody else took in
    Approve {
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Stop an account at once ("bukan akun saya")
    Stop {
        /// Name of the platform
        platform: String,
        /// Handle or platform id
        account: String,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// The register by unit, in figures
    List,
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Import { file, dry_run, by } => return import(&file, dry_run, &by, &config).await,
        Command::Approve { by } => {
            let approved = open_store(&config).await?.approve_accounts(&by).await?;
            eprintln!("{approved} accounts approved; accounts that {by} took in wait for somebody else");
        }
        Command::Stop { platform, account, by } => {
            if !open_store(&config).await?.stop_account(&platform, &account, &by).await? {
                bail!("there is no running account {account} on {platform}");
            }
            eprintln!("account stopped");
        }
        Command::List => {
            eprintln!("{:<44} {:>8} {:>8} {:>8} {:>8}", "unit", "persons", "read", "waiting", "stopped");
            for unit in open_store(&config).await?.register_summary().await? {
                eprintln!(
                    "{:<44} {:>8} {:>8} {:>8} {:>8}",
                    unit.unit_name, unit.persons, unit.active, unit.waiting, unit.stopped
                );
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(file: &Path, dry_run: bool, by: &str, config: &Config) -> anyhow::Result<ExitCode> {
    let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let (rows, errors) = parse(&text);
    for (line, problem) in &errors {
        eprintln!("{}:{line}: {problem}", file.display());
    }
    if !errors.is_empty() {
        eprintln!("{} rows are wrong; nothing was taken in", errors.len());
        return Ok(ExitCode::from(SOME_REJECTED));
    }
    if dry_run {
        eprintln!("{} rows are right; nothing was written (--dry-run)", rows.len());
        return Ok(ExitCode::SUCCESS);
    }
    let store = open_store(config).await?;
    let (lines, rows): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    match store.import_register(&rows, by).await {
        Ok(linked) => {
            eprintln!(
                "{} units, {} persons, {} accounts are new; {} rows changed nothing. The accounts are read once somebody else runs: netral register approve --by LOGIN",
                linked.units, linked.persons, linked.accounts, linked.known
            );
            Ok(ExitCode::SUCCESS)
        }
        Err((index, StoreError::Conflict { constraint })) => {
            let line = lines.get(index).copied().unwrap_or(0);
            bail!("{}:{line}: {}; nothing was taken in", file.display(), explain(&constraint))
        }
        Err((_, error)) => Err(error.into()),
    }
}

fn explain(constraint: &str) -> String {
    match constraint {
        "account_external_key" => "this account already belongs to another person in the register".to_owned(),
        "person_nip_key" => "this NIP already belongs to another person in the register".to_owned(),
        "person_nip_status_check" => "only PNS and PPPK have a NIP".to_owned(),
        other => format!("the register's rule {other} is not met"),
    }
}

/// A row as it stands in the file; the names are the header's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CsvRow {
    kode_unit: String,
    nama_unit: String,
    jenis_unit: String,
    kode_pegawai: String,
    nama: String,
    status: String,
    nip: String,
    jabatan: String,
    golongan: String,
    platform: String,
    akun: String,
    id_akun: String,
    bukti: String,
    catatan_bukti: String,
    berlaku_dari: String,
    berlaku_sampai: String,
}

type Numbered<T> = Vec<(u64, T)>;

/// Every row with its line, and every problem with its line. A problem never repeats a name or a NIP.
pub(super) fn parse(text: &[u8]) -> (Numbered<RegisterRow>, Numbered<String>) {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let header = text.split(|b| *b == b'\n').next().unwrap_or_default();
    let delimiter = if header.contains(&b';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text);
    let (mut rows, mut problems) = (Vec::new(), Vec::new());
    let mut owners: HashMap<(String, String), String> = HashMap::new();
    let headers = reader.headers().cloned().unwrap_or_default();
    let mut record = csv::StringRecord::new();
    loop {
        let line = reader.position().line();
        match reader.read_record(&mut record) {
            Ok(false) => return (rows, problems),
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                let parsed = record.deserialize::<CsvRow>(Some(&headers)).map_err(|e| csv_problem(&e)).and_then(check);
                match parsed.and_then(|row| one_owner(&mut owners, row)) {
                    Ok(row) => rows.push((line, row)),
                    Err(problem) => problems.push((line, problem)),
                }
            }
            Err(error) => {
                let line = error.position().map_or(line, csv::Position::line);
                problems.push((line, csv_problem(&error)));
                if matches!(error.kind(), csv::ErrorKind::Io(_)) {
                    return (rows, problems);
                }
            }
        }
    }
}

fn csv_problem(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "not UTF-8; save the file as \"CSV UTF-8\"".to_owned(),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns, but the header has {expected_len}; put text that holds the separator into quotes")
        }
        csv::ErrorKind::Deserialize { err, .. } => format!("{}; see `netral register import --help`", err.kind()),
        _ => "not readable as CSV".to_owned(),
    }
}

fn one_owner(owners: &mut HashMap<(String, String), String>, row: RegisterRow) -> Result<RegisterRow, String> {
    if let Some(account) = &row.account {
        let key = (account.platform.clone(), account.external_id.clone());
        let owner = owners.entry(key).or_insert_with(|| row.person.code.clone());
        if *owner != row.person.code {
            return Err(format!("id_akun: this account stands in an earlier row for {owner}"));
        }
    }
    Ok(row)
}

fn check(row: CsvRow) -> Result<RegisterRow, String> {
    let required = |column: &str, value: &str| {
        if value.is_empty() { Err(format!("{column}: is empty")) } else { Ok(value.to_owned()) }
    };
    let status: PersonStatus = row.status.parse().map_err(|e| format!("status: {e}"))?;
    let number = Some(row.nip).filter(|n| !n.is_empty());
    if let Some(number) = &number {
        nip::check(number, status).map_err(|e| format!("nip: {e}"))?;
    }
    let date = |column: &str, value: &str| {
        value.parse::<Date>().map_err(|_| format!("{column}: not a date of the form YYYY-MM-DD"))
    };
    let account = if row.platform.is_empty() {
        if !row.akun.is_empty() || !row.id_akun.is_empty() {
            return Err("platform: is empty, but akun or id_akun is not".to_owned());
        }
        None
    } else {
        let valid_from = date("berlaku_dari", &row.berlaku_dari)?;
        let valid_to =
            if row.berlaku_sampai.is_empty() { None } else { Some(date("berlaku_sampai", &row.berlaku_sampai)?) };
        if valid_to.is_some_and(|to| to < valid_from) {
            return Err("berlaku_sampai: lies before berlaku_dari".to_owned());
        }
        Some(NewAccount {
            platform: row.platform,
            handle: required("akun", row.akun.trim_start_matches('@'))?,
            external_id: required("id_akun", &row.id_akun)?,
            proof: row.bukti.parse::<Proof>().map_err(|e| format!("bukti: {e}"))?,
            proof_note: row.catatan_bukti,
            valid_from,
            valid_to,
        })
    };
    Ok(RegisterRow {
        unit: NewUnit {
            code: required("kode_unit", &row.kode_unit)?,
            name: required("nama_unit", &row.nama_unit)?,
            kind: row.jenis_unit,
        },
        person: NewPerson {
            code: required("kode_pegawai", &row.kode_pegawai)?,
            name: required("nama", &row.nama)?,
            status,
            nip: number,
            position: row.jabatan,
            grade: row.golongan,
        },
        account,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "kode_unit,nama_unit,jenis_unit,kode_pegawai,nama,status,nip,jabatan,golongan,platform,akun,id_akun,bukti,catatan_bukti,berlaku_dari,berlaku_sampai";

    fn problems(rows: &str) -> Vec<(u64, String)> {
        parse(format!("{HEADER}\n{rows}").as_bytes()).1
    }

    #[test]
    fn a_row_with_and_one_without_an_account() {
        let rows = "D1,Dinas Satu,dinas,P1,Ani,PPNPN,,staf,,bluesky,@ani.contoh.example,did:plc:a,pernyataan,,2025-01-06,\nD1,Dinas Satu,dinas,P2,Budi,KADES,,kades,,,,,,,,\n";
        let (rows, problems) = parse(format!("\u{feff}{HEADER}\n{rows}").as_bytes());
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(rows[0].1.account.as_ref().unwrap().handle, "ani.contoh.example");
        assert!(rows[1].1.account.is_none());
        assert_eq!(rows[1].0, 3);
    }

    #[test]
    fn each_wrong_row_is_named_with_its_line_and_column() {
        let found = problems(
            "D1,Dinas,dinas,P1,Ani,ASN,,,,,,,,,,\nD1,Dinas,dinas,P2,Ani,PNS,19701332,,,,,,,,,\nD1,Dinas,dinas,P3,Ani,PPNPN,,,,bluesky,a,did:x,percaya saja,,2025-01-06,\nD1,Dinas,dinas,P4,Ani,PPNPN,,,,bluesky,a,did:x,pernyataan,,06/01/2025,\nD1;Dinas\n",
        );
        let lines: Vec<_> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6], "{found:?}");
        for (problem, column) in found.iter().zip(["status:", "nip:", "bukti:", "berlaku_dari:", "columns"]) {
            assert!(problem.1.contains(column), "{problem:?}");
        }
    }

    #[test]
    fn semicolons_are_understood_and_two_owners_are_not() {
        let header = HEADER.replace(',', ";");
        let row = |code: &str| format!("D1;Dinas;dinas;{code};Ani;PPNPN;;;;bluesky;a;did:x;pernyataan;;2025-01-06;\n");
        let (rows, problems) = parse(format!("{header}\n{}{}", row("P1"), row("P2")).as_bytes());
        assert_eq!((rows.len(), problems.len()), (1, 1));
        assert!(problems[0].1.contains("P1"));
    }
}
