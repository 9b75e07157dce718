//! Lists as tables, for people who live in a spreadsheet.
//!
//! One row a form; rows with the same `id` are one keyword, whose other cells stand in its first row. A cell with several
//! values has ` | ` between them. docs/DAFTAR.md shows it to admins.

mod cells;
mod write;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::edit::{Edit, Entry};
use crate::model::{Kind, Words, words};
use crate::table::{self, HEADER_ROWS, Layout, cell_name};
use cells::Cells;
pub use write::{to_csv, to_xlsx};

/// Problems that are told one by one; the rest is counted.
const TOLD: usize = 200;

/// The columns, in the order in which they are written.
const COLUMNS: [&str; 18] = [
    "id",
    "jenis",
    "sisi",
    "nomor",
    "bentuk",
    "pola",
    "akun",
    "kekuatan",
    "huruf_besar",
    "aktif",
    "batas_harian",
    "dekat",
    "jarak",
    "pengecualian",
    "sikap",
    "contoh_cocok",
    "contoh_tidak",
    "catatan",
];

const LAYOUT: Layout<'static> = Layout { columns: &COLUMNS, alone: "bentuk", tab: "kata_kunci" };

/// What rows that say nothing of it are.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Kind of new keywords.
    pub kind: Option<Kind>,
    /// Their contestant.
    pub side: Option<String>,
    /// Forms without an `id` belong to this keyword.
    pub keyword: Option<String>,
}

/// What is wrong with one cell or row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetProblem {
    /// Cell as spreadsheets call it (`B7`), or a row's number.
    pub place: String,
    /// What is wrong and what to do.
    pub what: Words,
}

/// A table that was read.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// What it asks for; rows with problems are left out.
    pub edits: Vec<Edit>,
    /// Rows with content below the header.
    pub rows: usize,
    /// The first problems.
    pub problems: Vec<SheetProblem>,
    /// How many more there are.
    pub more_problems: usize,
}

impl Sheet {
    fn problem(&mut self, place: impl Into<String>, what: Words) {
        if self.problems.len() < TOLD {
            self.problems.push(SheetProblem { place: place.into(), what });
        } else {
            self.more_problems += 1;
        }
    }
}

/// Reads a CSV file, an XLSX workbook, or lines that somebody pasted; which of them it is, its content tells.
#[must_use]
pub fn read_sheet(name: &str, bytes: &[u8], defaults: &Defaults) -> Sheet {
    let mut sheet = Sheet::default();
    let table = match table::read(bytes, &LAYOUT) {
        Ok(table) => table,
        Err(what) => {
            sheet.problem(name, what);
            return sheet;
        }
    };
    for (place, what) in &table.problems {
        sheet.problem(place.clone(), what.clone());
    }
    let spoilt: HashSet<_> = table.problems.iter().map(|(place, _)| place.clone()).collect();
    match LAYOUT.header(&table.rows) {
        Some((at, columns)) => {
            for (column, name) in columns.iter().enumerate() {
                if !name.is_empty() && !COLUMNS.contains(&name.as_str()) {
                    sheet.problem(cell_name(at, column), words!(
                        id = "kolom «{name}» tidak dikenal dan tidak dibaca; yang dikenal: {known}",
                        en = "the column “{name}” is unknown and not read; known ones: {known}",
                        known = COLUMNS.join(", ")
                    ));
                }
            }
            let rows = table.rows.into_iter().enumerate().skip(at + 1);
            with_header(rows, &columns, &spoilt, defaults, &mut sheet);
        }
        None if table.rows.iter().all(|row| row.iter().skip(1).all(|cell| cell.is_empty())) => {
            let rows = table.rows.into_iter().enumerate();
            let one = rows.map(|(n, mut row)| (n, vec![row.drain(..1).next().unwrap_or_default()]));
            with_header(one, &["bentuk".to_owned()], &spoilt, defaults, &mut sheet);
        }
        None => sheet.problem("1", words!(
            id = "tidak ada baris judul dalam {HEADER_ROWS} baris pertama; tulis nama kolom, sekurangnya `bentuk`: {known}",
            en = "no header within the first {HEADER_ROWS} rows; write the columns' names, at least `bentuk`: {known}",
            known = COLUMNS.join(", ")
        )),
    }
    sheet
}

/// One keyword while its rows are gathered.
struct Gathered {
    entry: Entry,
    forms: Vec<String>,
    cells: BTreeMap<String, String>,
    /// Its id was made here: where the file has one of that id, its forms are added to, never replaced.
    made: bool,
    spoilt: bool,
}

fn with_header(
    rows: impl Iterator<Item = (usize, Vec<String>)>,
    columns: &[String],
    spoilt: &HashSet<String>,
    defaults: &Defaults,
    sheet: &mut Sheet,
) {
    let mut order: Vec<String> = Vec::new();
    let mut keywords: HashMap<String, Gathered> = HashMap::new();
    let mut further: Vec<String> = Vec::new();
    let mut slugs: HashMap<String, usize> = HashMap::new();
    for (n, row) in rows {
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        sheet.rows += 1;
        let place_of = |name: &str| cell_name(n, columns.iter().position(|c| c == name).unwrap_or(0));
        let is_spoilt = (0..row.len()).any(|column| spoilt.contains(&cell_name(n, column)));
        let mut cells = Cells::new(columns, row);
        let (id, form) = (cells.take("id"), cells.take("bentuk"));
        if is_spoilt {
            // What is wrong with it was told; the keyword as a whole is left alone, or it would lose this row's form.
            if let Some(known) = keywords.get_mut(&id) {
                known.spoilt = true;
            } else if !id.is_empty() {
                let entry = Entry { id: id.clone(), ..Entry::default() };
                order.push(id.clone());
                let cells = BTreeMap::new();
                keywords.insert(id, Gathered { entry, forms: Vec::new(), cells, made: false, spoilt: true });
            }
            continue;
        }
        if id.is_empty()
            && let Some(keyword) = &defaults.keyword
        {
            if form.is_empty() {
                sheet.problem(place_of("bentuk"), no_form());
            } else {
                debug_assert!(!keyword.is_empty(), "an empty choice is none");
                further.push(form);
            }
            continue;
        }
        let made = id.is_empty();
        let id = if made { new_id(&cells, &form, defaults, &mut slugs) } else { id };
        if let Some(known) = keywords.get_mut(&id) {
            for (column, cell) in cells.rest() {
                if !cell.is_empty() && known.cells.get(&column).is_some_and(|first| *first != cell) {
                    known.spoilt = true;
                    sheet.problem(
                        place_of(&column),
                        words!(
                            id = "berbeda dari baris pertama `{id}`; samakan, atau kosongkan di baris ini",
                            en = "differs from the first row of `{id}`; make it the same, or leave it blank here",
                        ),
                    );
                }
            }
            if !form.is_empty() {
                known.forms.push(form);
            }
            continue;
        }
        let first = cells.rest();
        let read = cells.entry(&id, defaults);
        let (entry, faults) = read;
        let bad = !faults.is_empty();
        for (column, what) in faults {
            sheet.problem(place_of(column), what);
        }
        order.push(id.clone());
        let forms = if form.is_empty() { Vec::new() } else { vec![form] };
        keywords.insert(id, Gathered { entry, forms, cells: first, made, spoilt: bad });
    }
    let has_forms = columns.iter().any(|c| c == "bentuk");
    for id in order {
        let Some(mut found) = keywords.remove(&id).filter(|found| !found.spoilt) else { continue };
        if found.made {
            sheet.edits.push(Edit::Put(Box::new(found.entry)));
            sheet.edits.push(Edit::AddForms { id, forms: found.forms });
            continue;
        }
        if has_forms && found.entry.kind != Some(Kind::Account) {
            found.entry.forms = Some(found.forms);
        }
        sheet.edits.push(Edit::Put(Box::new(found.entry)));
    }
    if let (Some(id), false) = (&defaults.keyword, further.is_empty()) {
        sheet.edits.push(Edit::AddForms { id: id.clone(), forms: further });
    }
}

fn no_form() -> Words {
    words!(id = "bentuknya kosong; isi atau hapus barisnya", en = "the form is blank; fill it in or remove the row")
}

/// An id for a keyword that has none: its kind, its contestant, its form.
fn new_id(cells: &Cells, form: &str, defaults: &Defaults, slugs: &mut HashMap<String, usize>) -> String {
    let side = Some(cells.get("sisi")).filter(|s| !s.is_empty()).map(str::to_owned).or_else(|| defaults.side.clone());
    let parts = [side.unwrap_or_default(), form.to_owned()].join(" ");
    let mut slug = String::new();
    for c in crate::text::fold(&parts).text.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let slug = if slug.is_empty() { "kata-kunci" } else { slug.get(..60).unwrap_or(slug) };
    let count = slugs.entry(slug.to_owned()).and_modify(|n| *n += 1).or_insert(1);
    if *count == 1 { slug.to_owned() } else { format!("{slug}-{count}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keyword::{Library, apply};

    fn slogans() -> Defaults {
        Defaults { kind: Some(Kind::Slogan), side: Some("paslon-1".into()), keyword: None }
    }

    fn places(sheet: &Sheet) -> Vec<&str> {
        sheet.problems.iter().map(|p| p.place.as_str()).collect()
    }

    #[test]
    fn every_shipped_list_goes_through_a_table_unchanged() {
        let library = Library::builtin();
        for id in Library::builtin_ids() {
            let set = library.set(id).unwrap();
            let text = library.text(id).unwrap().unwrap();
            for (kind, bytes) in [("csv", to_csv(&set)), ("xlsx", to_xlsx(&set).unwrap())] {
                let sheet = read_sheet(id, &bytes, &Defaults::default());
                assert_eq!(sheet.problems, [], "{id} as {kind}");
                let after = apply(&format!("{id}.toml"), &text, &sheet.edits).unwrap();
                assert!(after == text, "{id} as {kind} changed");
            }
        }
    }

    #[test]
    fn pasted_lines_are_forms() {
        let sheet = read_sheet("tempel", "Gerakan Obor\n\nPelita, terang; malam\n".as_bytes(), &slogans());
        assert_eq!((sheet.rows, sheet.edits.len(), sheet.problems.len()), (2, 4, 0));
        let id = "paslon-1-pelita-terang-malam".to_owned();
        assert_eq!(sheet.edits[3], Edit::AddForms { id, forms: vec!["Pelita, terang; malam".into()] });
        let into = Defaults { keyword: Some("obor".into()), ..slogans() };
        let sheet = read_sheet("tempel", b"Satu\r\nDua\r\n", &into);
        assert_eq!(sheet.edits, [Edit::AddForms { id: "obor".into(), forms: vec!["Satu".into(), "Dua".into()] }]);
    }

    #[test]
    fn what_excel_in_indonesia_writes_is_read() {
        let text = "Daftar kami;;\r\nID;Jenis;Sisi;Bentuk;Kekuatan\r\nobor;slogan;paslon-1;Caf\u{e9} \u{201c}Obor\u{201d};lemah\r\n;;;;\r\nobor;;;Obor;\r\n";
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
        let sheet = read_sheet("kami.csv", &bytes, &Defaults::default());
        assert_eq!((sheet.problems.len(), sheet.rows), (0, 2), "{:?}", sheet.problems);
        let Edit::Put(entry) = &sheet.edits[0] else { panic!() };
        assert_eq!(entry.forms.as_deref(), Some(&["Caf\u{e9} \u{201c}Obor\u{201d}".to_owned(), "Obor".to_owned()][..]));
    }

    #[test]
    fn bad_cells_are_named_and_their_keyword_is_left_out() {
        let text = "id,jenis,bentuk,nomor,warna\na,slogan,Satu,x,merah\nb,entah,Dua,,\nc,slogan,Tiga,,\nc,tagar,Empat,,\nd,slogan,Lima,,\n";
        let sheet = read_sheet("x.csv", text.as_bytes(), &Defaults::default());
        assert_eq!(places(&sheet), ["E1", "D2", "B3", "B5"]);
        assert_eq!(sheet.edits.len(), 1, "only `d` is whole");
        assert!(sheet.problems[0].what.id.contains("warna"));
        let none = read_sheet("x.csv", b"a;b\nc;d\n", &Defaults::default());
        assert!(none.edits.is_empty() && none.problems[0].what.id.contains("baris judul"));
    }

    #[test]
    fn a_workbook_with_formulas_and_merged_heads_is_refused_where_they_stand() {
        use rust_xlsxwriter::{Format, Formula, Workbook};
        let mut book = Workbook::new();
        let page = book.add_worksheet();
        page.merge_range(0, 0, 0, 2, "Daftar", &Format::new()).unwrap();
        for (column, name) in (0_u16..).zip(["id", "jenis", "bentuk", "nomor"]) {
            page.write_string(1, column, name).unwrap();
        }
        for (row, id) in (2_u32..).zip(["a", "b", "c"]) {
            page.write_string(row, 0, id).unwrap();
            page.write_string(row, 1, "slogan").unwrap();
            page.write_string(row, 2, "Gerakan").unwrap();
            page.write_number(row, 3, 2.0).unwrap();
        }
        page.write_formula(3, 2, Formula::new("=A1&\"x\"").set_result("Hasil")).unwrap();
        let bytes = book.save_to_buffer().unwrap();
        let sheet = read_sheet("a.xlsx", &bytes, &Defaults::default());
        assert_eq!(places(&sheet), ["C4"], "{:?}", sheet.problems);
        assert_eq!(sheet.edits.len(), 2);
        let Edit::Put(entry) = &sheet.edits[0] else { panic!() };
        assert_eq!(entry.number, Some(Some(2)));
        // The header itself in merged cells.
        let mut book = Workbook::new();
        let page = book.add_worksheet();
        page.write_string(0, 0, "id").unwrap();
        page.merge_range(0, 1, 0, 2, "bentuk", &Format::new()).unwrap();
        page.write_string(1, 0, "a").unwrap();
        let sheet = read_sheet("a.xlsx", &book.save_to_buffer().unwrap(), &Defaults::default());
        assert_eq!(places(&sheet), ["B1"]);
        let torn = read_sheet("a.xlsx", &bytes[..bytes.len() / 2], &Defaults::default());
        assert!(torn.edits.is_empty() && torn.problems.len() == 1);
    }

    #[test]
    fn two_cells_in_far_corners_are_two_cells() {
        let mut book = rust_xlsxwriter::Workbook::new();
        let page = book.add_worksheet();
        page.write_string(0, 0, "bentuk").unwrap();
        page.write_string(1, 0, "Obor").unwrap();
        page.write_string(900_000, 0, "Pelita").unwrap();
        page.write_string(2, 16_000, "jauh").unwrap();
        let sheet = read_sheet("a.xlsx", &book.save_to_buffer().unwrap(), &slogans());
        assert_eq!((sheet.rows, sheet.problems.len()), (2, 1), "{:?}", sheet.problems);
        page_too_long(&mut rust_xlsxwriter::Workbook::new());
    }

    /// A row that no list reaches.
    fn page_too_long(book: &mut rust_xlsxwriter::Workbook) {
        let page = book.add_worksheet();
        page.write_string(0, 0, "bentuk").unwrap();
        page.write_string(1_048_575, 0, "Obor").unwrap();
        let sheet = read_sheet("a.xlsx", &book.save_to_buffer().unwrap(), &slogans());
        assert!(sheet.edits.is_empty() && sheet.problems[0].what.id.contains("terlalu besar"));
    }

    #[test]
    fn places_are_those_that_a_spreadsheet_shows() {
        let text = "bentuk;catatan;jenis\r\n\r\n\"Obor\r\nterang\";x;slogan\r\nLain;y;entah\r\n";
        let sheet = read_sheet("a.csv", text.as_bytes(), &Defaults::default());
        assert_eq!(places(&sheet), ["C4"]);
    }

    proptest! {
        #[test]
        fn nasty_words_survive_a_table(form in "[-=+@;,\"'|\\\\ \\n\\ta-z\u{1f525}\u{e9}]{0,12}x", note in "[-=+@;|'\\\\ a-z]{1,9}y", other in "[|\\\\ a]{0,5}b") {
            let text = "[set]\nid = \"uji\"\ntitle = \"Uji\"\n\n[[keyword]]\nid = \"satu\"\nkind = \"slogan\"\nforms = [\"awal\"]\n";
            let entry = Entry {
                id: "satu".into(),
                forms: Some(vec![form.trim().to_owned()]),
                note: Some(Some(note.trim().to_owned())),
                except: Some(vec![other.trim().to_owned(), form.trim().to_owned(), "c".to_owned()]),
                ..Entry::default()
            };
            let text = apply("uji.toml", text, &[Edit::Put(Box::new(entry))]).unwrap();
            let set = Library::builtin().close("uji.toml".into(), text.clone()).unwrap();
            for bytes in [to_csv(&set), to_xlsx(&set).unwrap()] {
                let sheet = read_sheet("uji", &bytes, &Defaults::default());
                prop_assert_eq!(&sheet.problems, &[]);
                prop_assert_eq!(&apply("uji.toml", &text, &sheet.edits).unwrap(), &text);
            }
        }
    }
}
