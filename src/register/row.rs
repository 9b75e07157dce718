//! One row of a register file, cell by cell.

use jiff::civil::Date;

use crate::model::{PersonStatus, Proof, Words, nip, words};
use crate::store::{NewAccount, NewPerson, NewUnit, RegisterRow};

/// The platform of what people report by hand; its accounts are never in a file.
const TIP: &str = "tip";

type Fault = (&'static str, Words);

/// A row's cells by the names of their columns.
struct Cells<'a> {
    columns: &'a [String],
    cells: &'a [String],
}

impl<'a> Cells<'a> {
    fn get(&self, name: &str) -> &'a str {
        let at = self.columns.iter().position(|column| column == name);
        at.and_then(|at| self.cells.get(at)).map_or("", |cell| cell.trim())
    }
}

/// The row, or everything that is wrong with it by column.
pub(super) fn check(columns: &[String], cells: &[String]) -> Result<RegisterRow, Vec<Fault>> {
    let cells = Cells { columns, cells };
    let mut faults = Vec::new();
    let row = RegisterRow {
        unit: NewUnit {
            code: needed(&cells, "kode_unit", &mut faults),
            name: needed(&cells, "nama_unit", &mut faults),
            kind: cells.get("jenis_unit").to_owned(),
        },
        person: person(&cells, &mut faults),
        account: account(&cells, &mut faults),
    };
    if faults.is_empty() { Ok(row) } else { Err(faults) }
}

fn needed(cells: &Cells<'_>, column: &'static str, faults: &mut Vec<Fault>) -> String {
    let cell = cells.get(column);
    if cell.is_empty() {
        faults.push((column, Words::new("kosong; wajib diisi", "is empty")));
    }
    cell.to_owned()
}

fn one_of(known: &[&str]) -> Words {
    let known = known.join(", ");
    words!(id = "bukan salah satu dari {known}", en = "is none of {known}")
}

fn person(cells: &Cells<'_>, faults: &mut Vec<Fault>) -> NewPerson {
    let status = cells.get("status").parse::<PersonStatus>();
    let number = Some(cells.get("nip")).filter(|n| !n.is_empty());
    match (&status, number) {
        (Err(_), _) => {
            let known: Vec<_> = PersonStatus::ALL.iter().map(|s| s.as_str()).collect();
            faults.push(("status", one_of(&known)));
        }
        (Ok(status), Some(number)) => {
            if let Err(what) = nip::check(number, *status) {
                faults.push(("nip", what));
            }
        }
        (Ok(_), None) => {}
    }
    NewPerson {
        code: needed(cells, "kode_pegawai", faults),
        name: needed(cells, "nama", faults),
        status: status.unwrap_or(PersonStatus::Ppnpn),
        nip: number.map(str::to_owned),
        position: cells.get("jabatan").to_owned(),
        grade: cells.get("golongan").to_owned(),
    }
}

fn account(cells: &Cells<'_>, faults: &mut Vec<Fault>) -> Option<NewAccount> {
    let platform = cells.get("platform");
    if platform.is_empty() {
        if !cells.get("akun").is_empty() || !cells.get("id_akun").is_empty() {
            faults.push((
                "platform",
                Words::new("kosong, padahal akun atau id_akun terisi", "is empty, but akun or id_akun is not"),
            ));
        }
        return None;
    }
    if platform == TIP {
        faults.push((
            "platform",
            Words::new(
                "informasi awal tidak didaftarkan lewat berkas; catat di halaman Informasi awal",
                "tips are not registered by file; enter them on the page for tips",
            ),
        ));
        return None;
    }
    let proof = cells.get("bukti").parse::<Proof>();
    if proof.is_err() {
        let known: Vec<_> = Proof::ALL.iter().map(|p| p.as_str()).collect();
        faults.push(("bukti", one_of(&known)));
    }
    let valid_from = date(cells, "berlaku_dari", faults);
    let valid_to = (!cells.get("berlaku_sampai").is_empty()).then(|| date(cells, "berlaku_sampai", faults)).flatten();
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && to < from
    {
        faults.push(("berlaku_sampai", Words::new("sebelum berlaku_dari", "lies before berlaku_dari")));
    }
    let handle = needed(cells, "akun", faults);
    let external_id = needed(cells, "id_akun", faults);
    Some(NewAccount {
        platform: platform.to_owned(),
        handle: handle.trim_start_matches('@').to_owned(),
        external_id,
        proof: proof.ok()?,
        proof_note: cells.get("catatan_bukti").to_owned(),
        valid_from: valid_from?,
        valid_to,
    })
}

fn date(cells: &Cells<'_>, column: &'static str, faults: &mut Vec<Fault>) -> Option<Date> {
    let read = cells.get(column).parse().ok();
    if read.is_none() {
        faults.push((
            column,
            Words::new("bukan tanggal berbentuk TTTT-BB-HH, misalnya 2029-01-31", "not a date of the form YYYY-MM-DD"),
        ));
    }
    read
}
