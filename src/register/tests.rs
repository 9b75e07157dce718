use super::*;

const HEADER: &str = "kode_unit,nama_unit,jenis_unit,kode_pegawai,nama,status,nip,jabatan,golongan,platform,akun,id_akun,bukti,catatan_bukti,berlaku_dari,berlaku_sampai";

fn problems(rows: &str) -> Vec<RowProblem> {
    read(format!("{HEADER}\n{rows}").as_bytes()).problems
}

/// The same cells as a workbook; a cell that is all digits becomes a number.
fn workbook(rows: &[&str]) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet();
    for (r, row) in (0..).zip(rows) {
        for (c, cell) in (0..).zip(row.split(',')) {
            match cell.parse::<f64>() {
                Ok(number) if !cell.is_empty() => page.write(r, c, number).unwrap(),
                _ => page.write(r, c, cell).unwrap(),
            };
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn a_row_with_and_one_without_an_account() {
    let rows = "D1,Dinas Satu,dinas,P1,Ani,PPNPN,,staf,,bluesky,@ani.contoh.example,did:plc:a,pernyataan,,2025-01-06,\nD1,Dinas Satu,dinas,P2,Budi,KADES,,kades,,,,,,,,\n";
    let file = read(format!("\u{feff}{HEADER}\n{rows}").as_bytes());
    assert!(file.problems.is_empty(), "{:?}", file.problems);
    assert_eq!(file.rows[0].1.account.as_ref().unwrap().handle, "ani.contoh.example");
    assert!(file.rows[1].1.account.is_none());
    assert_eq!(file.rows[1].0, 3);
}

#[test]
fn each_wrong_cell_is_named_with_its_row_and_column() {
    let found = problems(
        "D1,Dinas,dinas,P1,Ani,ASN,,,,,,,,,,\nD1,Dinas,dinas,P2,Ani,PNS,19701332,,,,,,,,,\nD1,Dinas,dinas,P3,Ani,PPNPN,,,,bluesky,a,did:x,percaya saja,,2025-01-06,\nD1,Dinas,dinas,P4,Ani,PPNPN,,,,bluesky,a,did:x,pernyataan,,06/01/2025,\nD1;Dinas\n,Dinas,dinas,P5,,PPNPN,,,,tip,a,b,pernyataan,,2025-01-06,\n",
    );
    let found: Vec<_> = found.iter().map(|p| (p.row, p.column.as_str())).collect();
    let expected = [
        (2, "status"),
        (3, "nip"),
        (4, "bukti"),
        (5, "berlaku_dari"),
        (6, ""),
        (7, "kode_unit"),
        (7, "nama"),
        (7, "platform"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn semicolons_are_understood_and_two_owners_are_not() {
    let header = HEADER.replace(',', ";");
    let row = |code: &str| format!("D1;Dinas;dinas;{code};Ani;PPNPN;;;;bluesky;a;did:x;pernyataan;;2025-01-06;\n");
    let file = read(format!("{header}\n{}{}", row("P1"), row("P2")).as_bytes());
    assert_eq!((file.rows.len(), file.problems.len()), (1, 1));
    assert!(file.problems[0].what.en.contains("somebody else") && !file.problems[0].what.en.contains("P1"));
}

#[test]
fn a_workbook_says_the_same_and_a_rounded_nip_is_told() {
    let good = "D1,Dinas Satu,dinas,7,Ani,PPNPN,,staf,,bluesky,ani,did:plc:a,pernyataan,,2025-01-06";
    let file = read(&workbook(&[HEADER, good]));
    assert!(file.problems.is_empty(), "{:?}", file.problems);
    assert_eq!(file.rows[0].1.person.code, "7");
    let typed = "D1,Dinas Satu,dinas,P2,Budi,PNS,197305142001121002";
    let file = read(&workbook(&[HEADER, good, typed]));
    assert_eq!((file.rows.len(), file.problems.len()), (1, 1));
    assert_eq!((file.problems[0].row, file.problems[0].column.as_str()), (3, "nip"));
    assert!(file.problems[0].what.id.contains("dibulatkan"), "{:?}", file.problems);
}

#[test]
fn a_header_that_lacks_or_doubles_a_column_is_refused() {
    let told = |text: &str| read(text.as_bytes()).problems.into_iter().map(|p| p.column).collect::<Vec<_>>();
    assert_eq!(told("kode_unit,nama_unit,kode_pegawai,nama\nD1,Dinas,P1,Ani\n"), ["status"]);
    assert_eq!(told("kode_unit,nama_unit,kode_pegawai,nama,status,nama\n"), ["nama"]);
    assert_eq!(told("kode_unit,nama_unit,kode_pegawai,nama,status,gaji\n"), ["F1"]);
    assert_eq!(read(b"bukan tabel").problems.len(), 1);
    assert_eq!(read(b"").problems.len(), 1);
}
