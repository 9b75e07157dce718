//! Passwords: what may be one, and how one is kept and checked.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};

/// Shortest password that may be set, in characters.
pub const MIN_LENGTH: usize = 12;
/// Longest, in bytes: more would only cost time, not add strength.
pub const MAX_BYTES: usize = 512;

/// Long passwords that are nevertheless among the first to be tried, one a line, in lower case.
static COMMON: &str = include_str!("common_passwords.txt");

/// A hash that no password fits, so that an unknown name costs as much time as a wrong password.
static NOBODY: LazyLock<Option<SecretString>> = LazyLock::new(|| {
    let nonsense: [u8; 32] = rand::random();
    Argon2::default().hash_password(&nonsense).ok().map(|hash| SecretString::from(hash.to_string()))
});

/// Why a password may not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WeakPassword {
    /// Fewer than [`MIN_LENGTH`] characters.
    #[error("the password has fewer than 12 characters; a sentence of four words is easy to remember")]
    TooShort,
    /// More than [`MAX_BYTES`].
    #[error("the password has more than 512 bytes")]
    TooLong,
    /// A very common one, a keyboard row, a repetition, or an obvious word with something added.
    #[error("the password is among those that are tried first; a sentence of four unrelated words is better")]
    Common,
    /// The hash could not be made.
    #[error("the password could not be hashed")]
    Failed,
}

/// Hashes a password that may be set, as a PHC string (Argon2id). Takes about a tenth of a second of one core.
///
/// # Errors
/// [`WeakPassword`] says what is wrong with it.
pub fn hash(password: &SecretString) -> Result<SecretString, WeakPassword> {
    check(password.expose_secret())?;
    let hash =
        Argon2::default().hash_password(password.expose_secret().as_bytes()).map_err(|_| WeakPassword::Failed)?;
    Ok(SecretString::from(hash.to_string()))
}

/// Whether the password fits the stored hash. Without a hash (unknown name) it takes as long and says no.
#[must_use]
pub fn verify(password: &SecretString, stored: Option<&SecretString>) -> bool {
    let known = stored.is_some();
    let Some(stored) = stored.or(NOBODY.as_ref()) else { return false };
    let password = password.expose_secret();
    if password.len() > MAX_BYTES {
        return false;
    }
    let fits = PasswordHash::new(stored.expose_secret())
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
    fits && known
}

/// Whether a password may be set.
///
/// # Errors
/// [`WeakPassword`] says what is wrong with it.
pub fn check(password: &str) -> Result<(), WeakPassword> {
    if password.chars().count() < MIN_LENGTH {
        return Err(WeakPassword::TooShort);
    }
    if password.len() > MAX_BYTES {
        return Err(WeakPassword::TooLong);
    }
    let folded = caseless::default_case_fold_str(password);
    let common = COMMON.lines().any(|line| line == folded) || is_pattern(&folded) || is_mostly(&folded);
    if common { Err(WeakPassword::Common) } else { Ok(()) }
}

/// Repetitions, runs along the alphabet or the digits, and keyboard rows.
fn is_pattern(password: &str) -> bool {
    const ROWS: [&str; 5] = [
        "qwertyuiopasdfghjklzxcvbnm",
        "1234567890123456789012345678901234567890",
        "abcdefghijklmnopqrstuvwxyz",
        "zyxwvutsrqponmlkjihgfedcba",
        "0987654321098765432109876543210987654321",
    ];
    let mut seen: Vec<char> = password.chars().collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() < 5 || ROWS.iter().any(|row| row.contains(password)) || is_repeated(password)
}

/// One short part over and over: `rahasiarahasia`.
fn is_repeated(password: &str) -> bool {
    let chars: Vec<char> = password.chars().collect();
    (1..=chars.len() / 2).any(|part| chars.iter().zip(chars.iter().skip(part)).all(|(a, b)| a == b))
}

/// A word that everybody would try here, with fewer than six letters added.
fn is_mostly(password: &str) -> bool {
    let words = ["netral", "diskominfo", "password", "katasandi", "sandi", "admin", "indonesia", "kabupaten"];
    words.iter().any(|word| {
        password.contains(*word) && password.replace(*word, "").chars().filter(|c| c.is_alphabetic()).count() < 6
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(s: &str) -> SecretString {
        SecretString::from(s.to_owned())
    }

    #[test]
    fn a_hash_fits_its_password_only() {
        let hash = hash(&secret("payung biru di halte tua")).unwrap();
        assert!(hash.expose_secret().starts_with("$argon2id$"));
        assert!(verify(&secret("payung biru di halte tua"), Some(&hash)));
        assert!(!verify(&secret("payung biru di halte tuA"), Some(&hash)));
        assert!(!verify(&secret("payung biru di halte tua"), None));
        assert!(!verify(&secret("x"), Some(&secret("no hash at all"))));
    }

    #[test]
    fn weak_passwords_are_refused() {
        for (password, why) in [
            ("pendek", WeakPassword::TooShort),
            ("aaaaaaaaaaaaaaaa", WeakPassword::Common),
            ("123456789012", WeakPassword::Common),
            ("qwertyuiopasdf", WeakPassword::Common),
            ("rahasiarahasia", WeakPassword::Common),
            ("Bismillah123456", WeakPassword::Common),
            ("netral-2024-ok", WeakPassword::Common),
            ("Password!2024", WeakPassword::Common),
        ] {
            assert_eq!(check(password), Err(why), "{password}");
        }
        assert_eq!(check(&"x".repeat(600)), Err(WeakPassword::TooLong));
        assert_eq!(check("kucing tidur di atap"), Ok(()));
    }
}
