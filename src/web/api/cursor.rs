//! Where a page of a list ended, as an opaque word: the key of its last row, so that rows that come or go meanwhile neither
//! double nor hide another.

use std::fmt::Display;
use std::str::FromStr;

use data_encoding::BASE64URL_NOPAD;
use schemars::JsonSchema;
use serde::Serialize;

use super::problem::{Code, Problem};

/// Rows on a page where none are asked for.
const ROWS: u8 = 50;
/// Most rows on a page.
pub const MOST_ROWS: u8 = 100;

/// A list's name within its cursors: a cursor of one list is none of another.
#[derive(Clone, Copy, Debug)]
pub struct List(pub &'static str);

impl List {
    /// The cursor after a row.
    pub fn after(self, key: impl Display) -> String {
        BASE64URL_NOPAD.encode(format!("{}:{key}", self.0).as_bytes())
    }

    /// The key that a cursor holds.
    ///
    /// # Errors
    /// [`Code::BadCursor`] where it is none of this list.
    pub fn key<K: FromStr>(self, cursor: Option<&str>) -> Result<Option<K>, Problem> {
        let Some(cursor) = cursor else { return Ok(None) };
        let read = || {
            let bytes = BASE64URL_NOPAD.decode(cursor.as_bytes()).ok()?;
            let text = String::from_utf8(bytes).ok()?;
            text.strip_prefix(self.0)?.strip_prefix(':')?.parse().ok()
        };
        read().map(Some).ok_or_else(|| Code::BadCursor.into())
    }

    /// A page made from one row more than it shows.
    pub fn page<R, T, K: Display>(
        self,
        mut rows: Vec<R>,
        limit: i64,
        key: impl Fn(&R) -> K,
        item: impl FnMut(R) -> T,
    ) -> Page<T> {
        let limit = usize::try_from(limit).unwrap_or_default();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| self.after(key(row)));
        Page { items: rows.into_iter().map(item).collect(), next }
    }
}

/// How many rows a page has, as asked for.
///
/// # Errors
/// [`Code::BadRequest`] outside 1 to 100.
pub fn rows(limit: Option<u8>) -> Result<i64, Problem> {
    match limit.unwrap_or(ROWS) {
        limit @ 1..=MOST_ROWS => Ok(limit.into()),
        _ => Err(Code::BadRequest.into()),
    }
}

/// One page of a list.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// The `cursor` of the next page; null on the last.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_by_its_own_list_only() {
        let (queue, ledger) = (List("queue"), List("ledger"));
        let cursor = ledger.after(42);
        assert_eq!(ledger.key::<i64>(Some(&cursor)).unwrap(), Some(42));
        assert_eq!(ledger.key::<i64>(None).unwrap(), None);
        for bad in [cursor.as_str(), "", "42", "!", &queue.after("x"), &BASE64URL_NOPAD.encode(b"queue:\xff")] {
            assert_eq!(queue.key::<i64>(Some(bad)).unwrap_err(), Code::BadCursor.into(), "{bad}");
        }
    }

    #[test]
    fn a_page_has_a_next_one_only_where_there_is_a_further_row() {
        let list = List("numbers");
        let page = list.page(vec![1, 2, 3], 2, |n| *n, |n| n * 10);
        assert_eq!((page.items, page.next), (vec![10, 20], Some(list.after(2))));
        let page = list.page(vec![1, 2], 2, |n| *n, |n| n);
        assert_eq!(page.next, None);
    }
}
