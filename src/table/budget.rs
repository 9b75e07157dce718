//! How much of a table is kept: rows, cells and text, whatever the file says of itself.

use crate::model::{Words, words};

/// Excel's own limit is not far above it.
pub(super) const MAX_ROWS: usize = 1_000_000;
/// More than any list has.
pub(super) const MAX_COLUMNS: usize = 100;
/// Cells of all rows together, blank ones among them: each takes room. A register of 200,000 rows has 3.2 million.
const MAX_CELLS: usize = 5_000_000;
/// Text of all cells together, in bytes.
const MAX_TEXT: usize = 100 * 1024 * 1024;

/// What a table has taken up so far.
#[derive(Debug, Default)]
pub(super) struct Budget {
    cells: usize,
    text: usize,
}

impl Budget {
    /// Takes up that many cells and bytes of text at a row (from 0).
    pub(super) fn take(&mut self, row: usize, cells: usize, text: usize) -> Result<(), Words> {
        if row >= MAX_ROWS {
            return Err(too_long());
        }
        self.cells += cells;
        self.text += text;
        if self.cells > MAX_CELLS || self.text > MAX_TEXT {
            let (row, millions, mib) = (row + 1, MAX_CELLS / 1_000_000, MAX_TEXT >> 20);
            return Err(words!(
                id = "tabelnya terlalu besar pada baris {row}: paling banyak {millions} juta sel dan {mib} MiB teks; bagi menjadi beberapa berkas",
                en = "the table is too large at row {row}: at most {millions} million cells and {mib} MiB of text; split it into several files",
            ));
        }
        Ok(())
    }
}

/// More rows than are read, or more than can be unpacked to look.
pub(super) fn too_long() -> Words {
    words!(
        id = "tabelnya terlalu besar: paling banyak {MAX_ROWS} baris; bagi menjadi beberapa berkas",
        en = "the table is too large: at most {MAX_ROWS} rows; split it into several files",
    )
}

/// A cell that stands further to the right than is read.
pub(super) fn too_far_right() -> Words {
    words!(
        id = "sel ini di luar {MAX_COLUMNS} kolom pertama dan tidak dibaca; hapus isinya",
        en = "the cell is beyond the first {MAX_COLUMNS} columns and not read; clear it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_told_with_its_row() {
        let mut budget = Budget::default();
        assert_eq!(budget.take(0, MAX_CELLS, 0), Ok(()));
        assert!(budget.take(41, 1, 0).unwrap_err().en.contains("row 42"));
        assert!(Budget::default().take(6, 1, MAX_TEXT + 1).unwrap_err().id.contains("baris 7"));
        assert!(Budget::default().take(MAX_ROWS, 1, 1).unwrap_err().en.contains("1000000 rows"));
    }
}
