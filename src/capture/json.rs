//! JSON cut into its items as it streams by: a dump of gigabytes is one array, and each item is needed with its exact bytes.
//!
//! Only strings and brackets are followed; whether an item is sound JSON, its reader says. So a damaged item costs only
//! itself, as long as its brackets and quotes are in pairs.

use std::io::{self, BufRead};

use super::{Event, Fault, MAX_ROW, On};

/// Longest key that anybody looks for.
const MAX_KEY: usize = 256;

/// One value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// Its bytes.
    Whole(Vec<u8>),
    /// It is longer than a row may be; so many bytes.
    Long(usize),
    /// The file ends inside it; what there was of it.
    Cut(Vec<u8>),
}

/// What stands at a key's place.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A key; empty where it is longer than any that is looked for.
    Name(String),
    /// The object has ended.
    End,
    /// The file has.
    Cut,
}

/// A stream of values.
pub(super) struct Json<R> {
    reader: R,
}

/// Where the bytes of a value go.
enum Into<'a, 'b> {
    Row(&'a mut On<'b>),
    Nowhere,
}

impl<R: BufRead> Json<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader }
    }

    /// The next sign that is neither white space nor a separator, left where it is.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let sign = buffer.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' | 0x1e));
            if let Some(at) = sign {
                let found = buffer.get(at).copied();
                self.reader.consume(at);
                return Ok(found);
            }
            let all = buffer.len();
            self.reader.consume(all);
        }
    }

    /// Steps over a bracket that was peeked at.
    pub(super) fn step(&mut self) {
        self.reader.consume(1);
    }

    /// The next key of an object that was stepped into.
    pub(super) fn key(&mut self) -> io::Result<Key> {
        match self.peek()? {
            Some(b'"') => {}
            Some(_) => {
                self.step();
                return Ok(Key::End);
            }
            None => return Ok(Key::Cut),
        }
        match self.take_up_to(MAX_KEY, &mut Into::Nowhere)? {
            Taken::Whole(key) => Ok(Key::Name(serde_json::from_slice(&key).unwrap_or_default())),
            Taken::Long(_) => Ok(Key::Name(String::new())),
            Taken::Cut(_) => Ok(Key::Cut),
        }
    }

    /// The next value; the bytes of one that is too long go to `on`.
    pub(super) fn take(&mut self, on: &mut On<'_>) -> io::Result<Taken> {
        self.take_up_to(MAX_ROW, &mut Into::Row(on))
    }

    /// The next value where it is no longer than `most`; a longer one is passed over.
    pub(super) fn take_small(&mut self, most: usize) -> io::Result<Taken> {
        self.take_up_to(most, &mut Into::Nowhere)
    }

    /// Passes over the next value; false where the file ends inside it.
    pub(super) fn pass(&mut self) -> io::Result<bool> {
        Ok(!matches!(self.take_up_to(0, &mut Into::Nowhere)?, Taken::Cut(_)))
    }

    fn take_up_to(&mut self, most: usize, into: &mut Into<'_, '_>) -> io::Result<Taken> {
        let mut kept = Vec::new();
        let mut length = 0;
        let mut scan = Scan::default();
        self.peek()?;
        loop {
            let buffer = self.reader.fill_buf()?;
            if buffer.is_empty() {
                // A bare number ends with the file.
                return Ok(if scan.is_scalar() && length > 0 { ended(kept, length, most) } else { Taken::Cut(kept) });
            }
            let (used, done) = scan.advance(buffer);
            let piece = buffer.get(..used).unwrap_or_default();
            length += used;
            if length <= most {
                kept.extend_from_slice(piece);
            } else if let Into::Row(on) = into {
                let mut all = std::mem::take(&mut kept);
                all.extend_from_slice(piece);
                // Whoever stops listening is asked again at the next row.
                on(Event::Piece(all));
            } else {
                kept = Vec::new();
            }
            self.reader.consume(used);
            if done {
                return Ok(ended(kept, length, most));
            }
        }
    }
}

fn ended(kept: Vec<u8>, length: usize, most: usize) -> Taken {
    if length <= most { Taken::Whole(kept) } else { Taken::Long(length) }
}

/// How far into a value the reading is.
#[derive(Default)]
struct Scan {
    begun: bool,
    depth: u64,
    string: bool,
    escaped: bool,
}

impl Scan {
    fn is_scalar(&self) -> bool {
        self.begun && self.depth == 0 && !self.string
    }

    /// How much of the buffer belongs to the value, and whether it has ended.
    fn advance(&mut self, buffer: &[u8]) -> (usize, bool) {
        for (at, byte) in buffer.iter().enumerate() {
            if self.string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => {
                        self.string = false;
                        if self.depth == 0 {
                            return (at + 1, true);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match byte {
                // A bare number or word ends before what follows it.
                b'"' | b'{' | b'[' | b'}' | b']' | b',' | b' ' | b'\t' | b'\r' | b'\n'
                    if self.begun && self.depth == 0 =>
                {
                    return (at, true);
                }
                b'"' => self.string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                _ => {}
            }
            self.begun = true;
        }
        (buffer.len(), false)
    }
}

/// Whether the file's beginning is an array of items, and not one message per line that is itself an array.
pub(super) fn holds_array(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let Some(inside) = head.strip_prefix(b"[") else { return false };
    matches!(inside.trim_ascii_start().first(), None | Some(b'[' | b'{' | b']' | b'"'))
}

/// Goes through the items of a file: those of its arrays, or one value after the other where there is no array.
pub(super) fn items<R: BufRead>(
    json: &mut Json<R>,
    arrays: bool,
    on: &mut On<'_>,
    mut item: impl FnMut(u64, Taken, &mut On<'_>) -> bool,
) -> Result<(), Fault> {
    let (mut at, mut inside) = (0, false);
    loop {
        match json.peek()? {
            Some(b'[') if arrays && !inside => {
                json.step();
                inside = true;
            }
            Some(b']') if inside => {
                json.step();
                inside = false;
            }
            None => {
                if inside {
                    item(at + 1, Taken::Cut(Vec::new()), on);
                }
                return Ok(());
            }
            Some(_) => {
                at += 1;
                let taken = json.take(on)?;
                let cut = matches!(taken, Taken::Cut(_));
                if !item(at, taken, on) || cut {
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<Taken> {
        let mut all = Vec::new();
        // A buffer of three bytes: every boundary falls somewhere.
        let reader = io::BufReader::with_capacity(3, text.as_bytes());
        items(&mut Json::new(reader), holds_array(text.as_bytes()), &mut |_| true, |_, taken, _| {
            all.push(taken);
            true
        })
        .unwrap();
        all
    }

    #[test]
    fn items_come_with_their_exact_bytes() {
        let whole = |text: &str| Taken::Whole(text.as_bytes().to_vec());
        assert_eq!(
            cut(r#"[ {"a": "]}\"" } , [1, {"b":[]}],7, "x,y"]"#),
            [whole(r#"{"a": "]}\"" }"#), whole(r#"[1, {"b":[]}]"#), whole("7"), whole(r#""x,y""#)]
        );
        assert_eq!(cut("{\"a\":1}\n{\"b\":2}\n 12"), [whole("{\"a\":1}"), whole("{\"b\":2}"), whole("12")]);
        assert_eq!(cut(""), []);
        assert_eq!(cut("[{\"a\":"), [Taken::Cut(b"{\"a\":".to_vec())]);
        assert_eq!(cut("[2, 3]\n[4]"), [whole("[2, 3]"), whole("[4]")], "a message per line");
        assert_eq!(cut("[{}]\n[{\"a\":1}]"), [whole("{}"), whole("{\"a\":1}")], "two dumps in one file");
        assert_eq!(cut("[{}"), [whole("{}"), Taken::Cut(Vec::new())]);
    }

    #[test]
    fn keys_and_small_values_are_taken_and_large_ones_passed_over() {
        let text = format!("{{\"a\":[{}1], \"b\" : \"x\", \"c\":{{}}}}", "1,".repeat(500));
        let mut json = Json::new(io::BufReader::with_capacity(7, text.as_bytes()));
        json.peek().unwrap();
        json.step();
        assert_eq!(json.key().unwrap(), Key::Name("a".to_owned()));
        assert_eq!(json.take_small(10).unwrap(), Taken::Long(1003));
        assert_eq!(json.key().unwrap(), Key::Name("b".to_owned()));
        assert_eq!(json.take_small(10).unwrap(), Taken::Whole(b"\"x\"".to_vec()));
        assert_eq!(json.key().unwrap(), Key::Name("c".to_owned()));
        assert!(json.pass().unwrap());
        assert_eq!(json.key().unwrap(), Key::End);
        assert_eq!(json.key().unwrap(), Key::Cut);
    }
}
