//! Register files: rows of a table -> units, persons and accounts. The command and the page read them the same way.
//!
//! One row per account; a person with two accounts has two rows, one without any leaves the account's columns empty. A
//! problem never repeats what stands in a cell: it may be a name or a number.

mod row;

use std::collections::HashMap;

use crate::model::{Words, words};
use crate::store::RegisterRow;
use crate::table::{self, HEADER_ROWS, Layout, Table, cell_name};

/// The columns, in the order in which they are written.
pub const COLUMNS: [&str; 16] = [
    "kode_unit",
    "nama_unit",
    "jenis_unit",
    "kode_pegawai",
    "nama",
    "status",
    "nip",
    "jabatan",
    "golongan",
    "platform",
    "akun",
    "id_akun",
    "bukti",
    "catatan_bukti",
    "berlaku_dari",
    "berlaku_sampai",
];
/// Those without which no row can be taken.
const NEEDED: [&str; 5] = ["kode_unit", "nama_unit", "kode_pegawai", "nama", "status"];

const LAYOUT: Layout<'static> = Layout { columns: &COLUMNS, alone: "", tab: "register" };

/// What is wrong with one cell or row of a register file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowProblem {
    /// Row, from 1, as a spreadsheet counts.
    pub row: usize,
    /// Name of the column; empty where it is the whole row.
    pub column: String,
    /// What is wrong and what to do.
    pub what: Words,
}

impl std::fmt::Display for RowProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.column.is_empty() { self.what.fmt(f) } else { write!(f, "{}: {}", self.column, self.what) }
    }
}

/// A register file that was read.
#[derive(Clone, Debug, Default)]
pub struct RegisterFile {
    /// Good rows with their numbers.
    pub rows: Vec<(usize, RegisterRow)>,
    /// Everything that is wrong, in the order of the rows.
    pub problems: Vec<RowProblem>,
}

impl RegisterFile {
    fn problem(&mut self, row: usize, column: &str, what: Words) {
        self.problems.push(RowProblem { row, column: column.to_owned(), what });
    }
}

/// Reads a CSV file or an XLSX workbook; which of them it is, its content tells.
#[must_use]
pub fn read(bytes: &[u8]) -> RegisterFile {
    let mut file = RegisterFile::default();
    let table = match table::read(bytes, &LAYOUT) {
        Ok(table) => table,
        Err(what) => {
            file.problem(1, "", what);
            return file;
        }
    };
    let Some((at, columns)) = LAYOUT.header(&table.rows) else {
        file.problem(
            1,
            "",
            words!(
                id = "tidak ada baris judul dalam {HEADER_ROWS} baris pertama; tulis nama kolom: {known}",
                en = "no header within the first {HEADER_ROWS} rows; write the columns' names: {known}",
                known = COLUMNS.join(", ")
            ),
        );
        return file;
    };
    if !check_header(&mut file, at + 1, &columns) {
        return file;
    }
    take_rows(&mut file, table, at, &columns);
    file.problems.sort_by_key(|p| p.row);
    file
}

/// False where no row could be read right.
fn check_header(file: &mut RegisterFile, row: usize, columns: &[String]) -> bool {
    for needed in NEEDED.iter().filter(|needed| !columns.iter().any(|c| c == *needed)) {
        file.problem(row, needed, Words::new("kolom ini tidak ada; tambahkan", "the column is missing; add it"));
    }
    for (n, name) in columns.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
        if !COLUMNS.contains(&name.as_str()) {
            file.problem(
                row,
                &cell_name(row - 1, n),
                words!(
                    id = "kolom ini tidak dikenal; hapus atau ganti namanya dengan salah satu dari: {known}",
                    en = "the column is unknown; remove it, or rename it to one of: {known}",
                    known = COLUMNS.join(", ")
                ),
            );
        } else if columns.iter().take(n).any(|c| c == name) {
            file.problem(row, name, Words::new("kolom ini ada dua kali", "the column is there twice"));
        }
    }
    file.problems.is_empty()
}

fn take_rows(file: &mut RegisterFile, table: Table, header: usize, columns: &[String]) {
    let mut spoilt: HashMap<String, Words> = table.problems.into_iter().collect();
    let mut owners: HashMap<(String, String), String> = HashMap::new();
    for (n, cells) in table.rows.into_iter().enumerate().skip(header + 1) {
        let row = n + 1;
        // A cell that can't be read may be the only one of its row.
        let faults: Vec<_> =
            (0..columns.len()).filter_map(|column| Some((column, spoilt.remove(&cell_name(n, column))?))).collect();
        if !faults.is_empty() {
            for (column, what) in faults {
                file.problem(row, columns.get(column).map_or("", String::as_str), what);
            }
            continue;
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if (table.exact && cells.len() != columns.len()) || cells.len() > columns.len() {
            file.problem(
                row,
                "",
                words!(
                    id = "{count} kolom, padahal judulnya {expected}; beri tanda kutip pada teks yang memuat pemisah",
                    en =
                        "{count} columns, but the header has {expected}; put text that holds the separator into quotes",
                    count = cells.len(),
                    expected = columns.len()
                ),
            );
            continue;
        }
        match row::check(columns, &cells) {
            Ok(found) => match one_owner(&mut owners, found) {
                Ok(found) => file.rows.push((row, found)),
                Err(what) => file.problem(row, "id_akun", what),
            },
            Err(faults) => faults.into_iter().for_each(|(column, what)| file.problem(row, column, what)),
        }
    }
}

fn one_owner(owners: &mut HashMap<(String, String), String>, row: RegisterRow) -> Result<RegisterRow, Words> {
    if let Some(account) = &row.account {
        let key = (account.platform.clone(), account.external_id.clone());
        let owner = owners.entry(key).or_insert_with(|| row.person.code.clone());
        if *owner != row.person.code {
            return Err(words!(
                id = "akun ini sudah ada di baris sebelumnya untuk orang lain",
                en = "this account stands in an earlier row for somebody else",
            ));
        }
    }
    Ok(row)
}

/// A rule of the database that a row breaks, in words.
#[must_use]
pub fn explain(constraint: &str) -> Words {
    match constraint {
        "account_external_key" => Words::new(
            "akun ini sudah tertaut pada orang lain dalam register",
            "this account already belongs to another person in the register",
        ),
        "person_nip_key" => Words::new(
            "NIP ini sudah dipakai orang lain dalam register",
            "this NIP already belongs to another person in the register",
        ),
        "person_nip_status_check" => Words::new("hanya PNS dan PPPK yang memiliki NIP", "only PNS and PPPK have a NIP"),
        "unit_code_check" | "unit_name_check" | "person_name_check" => {
            Words::new("kode atau nama terlalu panjang", "a code or name is too long")
        }
        "account_platform_check" => Words::new(
            "nama platform hanya huruf kecil, angka, `-` dan `_`",
            "a platform's name has only small letters, digits, `-` and `_`",
        ),
        other => {
            words!(id = "aturan register `{other}` tidak terpenuhi", en = "the register's rule `{other}` is not met",)
        }
    }
}

#[cfg(test)]
#[path = "register/tests.rs"]
mod tests;
