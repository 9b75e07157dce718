//! A list as CSV and as a workbook.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::COLUMNS;
use super::cells::{KINDS, join};
use crate::keyword::{AccountRef, Case, Keyword, KeywordSet, Strength};
use crate::model::{Kind, Stance};
use crate::table::is_dangerous;

/// The set's own keywords as CSV: UTF-8 with a byte order mark and semicolons, which Excel in Indonesia opens by a click.
#[must_use]
pub fn to_csv(set: &KeywordSet) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(b"\xef\xbb\xbf".to_vec());
    let mut write = |row: &[String]| writer.write_record(row.iter().map(|cell| guard(cell)));
    let header = COLUMNS.map(str::to_owned);
    // Writing into memory can't fail.
    let done = write(&header).and_then(|()| rows(set).iter().try_for_each(|row| write(row)));
    done.ok();
    writer.into_inner().unwrap_or_default()
}

/// The same as a workbook, every cell a text.
///
/// # Errors
/// When a cell is longer than a workbook allows (32,767 characters).
pub fn to_xlsx(set: &KeywordSet) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name("kata kunci")?;
    let bold = Format::new().set_bold();
    let text = Format::new().set_num_format("@");
    for (column, name) in (0_u16..).zip(COLUMNS) {
        page.write_string_with_format(0, column, name, &bold)?;
        page.set_column_format(column, &text)?;
        let width = match name {
            "bentuk" | "pola" | "pengecualian" | "contoh_cocok" | "contoh_tidak" | "catatan" => 40,
            "id" | "akun" => 28,
            _ => 12,
        };
        page.set_column_width(column, width)?;
    }
    let rows = rows(set);
    for (n, row) in (1_u32..).zip(&rows) {
        for (column, cell) in (0_u16..).zip(row).filter(|(_, cell)| !cell.is_empty()) {
            page.write_string_with_format(n, column, cell, &text)?;
        }
    }
    page.set_freeze_panes(1, 1)?;
    let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    page.autofilter(0, 0, last, u16::try_from(COLUMNS.len() - 1).unwrap_or(u16::MAX))?;
    book.save_to_buffer()
}

fn guard(cell: &str) -> String {
    if is_dangerous(cell) { format!("'{cell}") } else { cell.to_owned() }
}

fn rows(set: &KeywordSet) -> Vec<Vec<String>> {
    let own = set.sources().into_iter().next().map(|(name, _)| name).unwrap_or_default();
    let keywords = set.keywords().iter().filter(|k| k.file == own);
    keywords.flat_map(|keyword| (0..keyword.forms.len().max(1)).map(move |n| row(keyword, n))).collect()
}

/// The keyword's row for its form number `n`; only the first says the rest.
fn row(k: &Keyword, n: usize) -> Vec<String> {
    let form = k.forms.get(n).cloned().unwrap_or_default();
    let word = |kind: Kind| KINDS.iter().find(|(k, _)| *k == kind).map_or("", |(_, word)| *word);
    COLUMNS
        .iter()
        .map(|column| match *column {
            "id" => k.id.clone(),
            "bentuk" => form.clone(),
            _ if n > 0 => String::new(),
            "jenis" => word(k.kind).to_owned(),
            // A shared set names sides by number; which one that is here is no word of the file.
            "sisi" => k.side.clone().filter(|_| k.number.is_none()).unwrap_or_default(),
            "nomor" => k.number.map(|n| n.to_string()).unwrap_or_default(),
            "pola" => join(k.patterns.iter().map(String::as_str)),
            "akun" => join(k.accounts.iter().map(account).collect::<Vec<_>>().iter().map(String::as_str)),
            "kekuatan" => if k.strength == Strength::Weak { "lemah" } else { "kuat" }.to_owned(),
            "huruf_besar" => match k.case {
                None => String::new(),
                Some(Case::Exact) => "sama".to_owned(),
                Some(Case::Fold) => "abaikan".to_owned(),
            },
            "aktif" => if k.enabled { "ya" } else { "tidak" }.to_owned(),
            "batas_harian" => k.daily_cap.map(|n| n.to_string()).unwrap_or_default(),
            "dekat" => k.near.as_ref().map(|n| join(n.kinds.iter().map(|kind| word(*kind)))).unwrap_or_default(),
            "jarak" => k.near.as_ref().map(|n| n.within.to_string()).unwrap_or_default(),
            "pengecualian" => join(k.except.iter().map(String::as_str)),
            "sikap" => match k.stance {
                None => "",
                Some(Stance::Support) => "dukung",
                Some(Stance::Oppose) => "tolak",
                Some(Stance::Neutral) => "netral",
            }
            .to_owned(),
            "contoh_cocok" => join(k.examples.matching.iter().map(String::as_str)),
            "contoh_tidak" => join(k.examples.no_match.iter().map(String::as_str)),
            "catatan" => k.note.clone().unwrap_or_default(),
            _ => String::new(),
        })
        .collect()
}

fn account(account: &AccountRef) -> String {
    let parts = [("platform", &account.platform), ("handle", &account.handle), ("id", &account.id)];
    parts
        .into_iter()
        .filter_map(|(key, value)| value.as_ref().map(|value| format!("{key}={value}")))
        .collect::<Vec<_>>()
        .join(" ")
}
