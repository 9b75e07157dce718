//! Time-ordered record keys: 13 characters of base32-sortable, 53 bits of microseconds, then 10 bits of clock id.

use jiff::Timestamp;

const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";

/// The moment in a TID; `None` where the key is none.
#[must_use]
pub fn timestamp(rkey: &str) -> Option<Timestamp> {
    let mut value: u64 = 0;
    if rkey.len() != 13 {
        return None;
    }
    for byte in rkey.bytes() {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        value = (value.checked_mul(32)?).checked_add(u64::try_from(digit).ok()?)?;
    }
    if value >> 63 != 0 {
        return None;
    }
    Timestamp::from_microsecond(i64::try_from(value >> 10).ok()?).ok()
}

/// The TID of a moment; `clock` (10 bits) tells apart keys of one microsecond.
#[must_use]
pub fn encode(at: Timestamp, clock: u16) -> String {
    let micros = u64::try_from(at.as_microsecond()).unwrap_or(0) & ((1 << 53) - 1);
    let value = (micros << 10) | u64::from(clock & 0x3ff);
    (0..13)
        .rev()
        .filter_map(|place| ALPHABET.get(usize::try_from((value >> (place * 5)) & 31).ok()?))
        .map(|b| char::from(*b))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_moments_go_both_ways_and_sort_alike() {
        // A real record, whose `createdAt` says 12:56:31 without a zone: its client wrote local time, two hours ahead.
        let at = timestamp("3k5u7c7j7a52v").unwrap();
        assert_eq!(at.to_string().get(..19), Some("2023-08-26T10:56:31"));
        let later = Timestamp::from_microsecond(at.as_microsecond() + 1).unwrap();
        assert_eq!(timestamp(&encode(at, 7)), Some(at));
        assert!(encode(at, 1023) < encode(later, 0) && encode(at, 0) < encode(at, 1));
        assert_eq!(encode(at, 0).len(), 13);
    }

    #[test]
    fn other_keys_are_no_moments() {
        for key in ["self", "", "3k5u7c7j7a52", "3k5u7c7j7a52V", "zzzzzzzzzzzzz", "0000000000000"] {
            assert_eq!(timestamp(key), None, "{key}");
        }
    }
}
