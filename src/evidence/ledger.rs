//! Verifying the ledger, row by row, without the database that wrote it.
//!
//! `hash = SHA-256(prev ‖ seq ␟ micros ␟ kind ␟ actor ␟ subject ␟ detail)`, where ␟ is U+001F, `seq` and `micros`
//! (microseconds since 1970-01-01 UTC) are decimal digits, and the first `prev` is 32 zero bytes. The same formula is
//! `ledger_hash` in `migrations/0004_ledger.sql`. A flipped bit breaks its row's hash; a missing, added or moved row
//! breaks the chain; rows missing at the end are found by comparing with a head that was noted earlier.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// One row in an exported ledger file (JSONL); hashes in lower-case hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Place in the chain, from 1.
    pub seq: i64,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// What happened.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// To what.
    pub subject: String,
    /// JSON text as it was hashed.
    pub detail: String,
    /// Hash of the row before.
    pub prev: String,
    /// This row's hash.
    pub hash: String,
}

/// The end of a chain: what to note on paper, outside the database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Number of rows.
    pub seq: i64,
    /// Hash of the last one, hex.
    pub hash: String,
}

/// What is wrong, and at which row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A row is missing, repeated or out of place.
    #[error("row {expected} is missing: row {found} stands in its place")]
    Gap {
        /// The number that should come.
        expected: i64,
        /// The number that came.
        found: i64,
    },
    /// A row does not carry on from the row before it.
    #[error("row {seq} does not continue row {}: one of the two was replaced", seq - 1)]
    Broken {
        /// The row.
        seq: i64,
    },
    /// A row's content is not what was hashed.
    #[error("row {seq} was changed after it was written")]
    Changed {
        /// The row.
        seq: i64,
    },
    /// What is kept of an activity is not what came in.
    #[error("the kept bytes of activity {activity} are not those whose hash row {seq} holds")]
    Bytes {
        /// The row.
        seq: i64,
        /// The activity.
        activity: Uuid,
    },
    /// The chain is not the one whose head was noted.
    #[error("the ledger does not hold the noted head {}:{}; rows are missing at the end or were replaced", .0.seq, .0.hash)]
    OtherHead(Head),
}

/// Verifies rows as they come; ask [`Verifier::finish`] at the end.
#[derive(Debug)]
pub struct Verifier {
    head: Head,
    noted: Option<Head>,
    noted_seen: bool,
}

impl Verifier {
    /// A verifier that also looks for a head noted earlier.
    #[must_use]
    pub fn new(noted: Option<Head>) -> Self {
        Self { head: Head { seq: 0, hash: "00".repeat(32) }, noted_seen: noted.is_none(), noted }
    }

    /// Takes the next row.
    ///
    /// # Errors
    /// The first [`Fault`]; rows after it say nothing any more.
    pub fn push(&mut self, entry: &Entry) -> Result<(), Fault> {
        let expected = self.head.seq + 1;
        if entry.seq != expected {
            return Err(Fault::Gap { expected, found: entry.seq });
        }
        if entry.prev != self.head.hash {
            return Err(Fault::Broken { seq: entry.seq });
        }
        if hash(entry).as_deref() != Some(entry.hash.as_str()) {
            return Err(Fault::Changed { seq: entry.seq });
        }
        self.head = Head { seq: entry.seq, hash: entry.hash.clone() };
        self.noted_seen |= self.noted.as_ref() == Some(&self.head);
        Ok(())
    }

    /// The end of the chain.
    ///
    /// # Errors
    /// [`Fault::OtherHead`] when the noted head never came.
    pub fn finish(self) -> Result<Head, Fault> {
        match self.noted {
            Some(noted) if !self.noted_seen => Err(Fault::OtherHead(noted)),
            _ => Ok(self.head),
        }
    }
}

impl Entry {
    /// The activities whose bytes this row vouches for, with the SHA-256 of each in hex.
    #[must_use]
    pub fn evidence(&self) -> Vec<(Uuid, String)> {
        #[derive(Deserialize)]
        struct Detail {
            #[serde(default)]
            evidence: Vec<(Uuid, String)>,
        }
        if self.kind != "intake.page" {
            return Vec::new();
        }
        serde_json::from_str::<Detail>(&self.detail).map(|d| d.evidence).unwrap_or_default()
    }
}

/// The hash a row must have; `None` when `prev` is not hex.
fn hash(entry: &Entry) -> Option<String> {
    let mut hasher = Sha256::new();
    hasher.update(from_hex(&entry.prev)?);
    let fields = [
        &entry.seq.to_string(),
        &entry.at.as_microsecond().to_string(),
        &entry.kind,
        &entry.actor,
        &entry.subject,
        &entry.detail,
    ];
    hasher.update(fields.map(String::as_str).join("\u{1f}"));
    Some(hex(&hasher.finalize()))
}

/// Lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]).map(char::from).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let value = |digit: u8| char::from(digit).to_digit(16).and_then(|v| u8::try_from(v).ok());
    digits.chunks(2).map(|pair| Some(value(pair[0])? << 4 | value(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(length: i64) -> Vec<Entry> {
        let mut prev = "00".repeat(32);
        (1..=length)
            .map(|seq| {
                let mut entry = Entry {
                    seq,
                    at: Timestamp::from_microsecond(1_700_000_000_000_000 + seq).unwrap(),
                    kind: "hit.viewed".into(),
                    actor: "peninjau1".into(),
                    subject: format!("hit/{seq}"),
                    detail: "{}".into(),
                    prev: prev.clone(),
                    hash: String::new(),
                };
                entry.hash = hash(&entry).unwrap();
                prev.clone_from(&entry.hash);
                entry
            })
            .collect()
    }

    fn verify(rows: &[Entry], noted: Option<Head>) -> Result<Head, Fault> {
        let mut verifier = Verifier::new(noted);
        for row in rows {
            verifier.push(row)?;
        }
        verifier.finish()
    }

    #[test]
    fn an_untouched_chain_verifies() {
        assert_eq!(verify(&chain(5), None).unwrap().seq, 5);
        assert_eq!(verify(&[], None).unwrap().seq, 0);
    }

    #[test]
    fn every_single_change_is_found_and_named() {
        for at in 0..5 {
            for change in 0..6 {
                let mut rows = chain(5);
                let row = &mut rows[at];
                match change {
                    0 => row.kind.push('x'),
                    1 => row.actor = "orang-lain".into(),
                    2 => row.subject.push('0'),
                    3 => row.detail = "{\"a\":1}".into(),
                    4 => row.at = Timestamp::from_microsecond(row.at.as_microsecond() + 1).unwrap(),
                    _ => row.hash = hex(&[7; 32]),
                }
                let seq = i64::try_from(at).unwrap() + 1;
                assert_eq!(verify(&rows, None), Err(Fault::Changed { seq }));
            }
        }
    }

    #[test]
    fn missing_moved_and_replaced_rows_are_found() {
        let whole = chain(6);
        let mut gap = whole.clone();
        gap.remove(2);
        assert_eq!(verify(&gap, None), Err(Fault::Gap { expected: 3, found: 4 }));
        let mut moved = whole.clone();
        moved.swap(1, 2);
        assert!(verify(&moved, None).is_err());
        let mut replaced = whole.clone();
        replaced[2].detail = "{\"x\":0}".into();
        replaced[2].hash = hash(&replaced[2]).unwrap();
        assert_eq!(verify(&replaced, None), Err(Fault::Broken { seq: 4 }));
    }

    #[test]
    fn a_cut_tail_is_found_by_a_noted_head() {
        let whole = chain(6);
        let noted = Head { seq: 6, hash: whole[5].hash.clone() };
        assert!(verify(&whole, Some(noted.clone())).is_ok());
        assert_eq!(verify(&whole[..5], Some(noted.clone())), Err(Fault::OtherHead(noted)));
    }
}
