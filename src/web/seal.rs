//! Seals what the database may hold but not know: a copy of it must not be enough to make anybody's codes.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use secrecy::{ExposeSecret, SecretBox, SecretString};

/// Length of the key.
const KEY_LENGTH: usize = 32;
/// What each use of the key is called, so that no two uses share one.
const SEALING: &[u8] = b"netral second factor v1";
const CODES: &[u8] = b"netral recovery code v1";

/// The key for second factors, and what is derived from it.
pub struct Keyring(SecretBox<[u8; KEY_LENGTH]>);

impl Clone for Keyring {
    fn clone(&self) -> Self {
        Self(SecretBox::new(Box::new(*self.0.expose_secret())))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

impl Keyring {
    /// Reads 32 bytes in hex or base64.
    #[must_use]
    pub fn parse(text: &SecretString) -> Option<Self> {
        let text = text.expose_secret().trim().as_bytes();
        let bytes = HEXLOWER_PERMISSIVE.decode(text).or_else(|_| BASE64.decode(text)).ok()?;
        Some(Self(SecretBox::new(Box::new(bytes.try_into().ok()?))))
    }

    fn derived(&self, purpose: &[u8]) -> hmac::Tag {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.0.expose_secret()), purpose)
    }

    fn cipher(&self) -> Option<LessSafeKey> {
        Some(LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, self.derived(SEALING).as_ref()).ok()?))
    }

    /// Seals bytes for their owner: nonce, then ciphertext and tag. `None` only where the cipher fails.
    #[must_use]
    pub fn seal(&self, owner: &[u8], plain: &[u8]) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut bytes = plain.to_vec();
        let sealed = Nonce::assume_unique_for_key(nonce);
        self.cipher()?.seal_in_place_append_tag(sealed, Aad::from(owner), &mut bytes).ok()?;
        Some([nonce.as_slice(), &bytes].concat())
    }

    /// Opens what was sealed with this key for this owner.
    #[must_use]
    pub fn open(&self, owner: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, bytes) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = bytes.to_vec();
        let plain = self.cipher()?.open_in_place(nonce, Aad::from(owner), &mut bytes).ok()?;
        Some(plain.to_vec())
    }

    /// What the database keeps of a recovery code: without the key it cannot be guessed from there.
    #[must_use]
    pub fn code(&self, owner: &[u8], code: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.derived(CODES).as_ref()));
        context.update(owner);
        context.update(code.as_bytes());
        let mut out = [0; 32];
        out.copy_from_slice(context.sign().as_ref());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<Keyring> {
        Keyring::parse(&SecretString::from(text.to_owned()))
    }

    #[test]
    fn what_is_sealed_opens_with_its_key_for_its_owner_only() {
        let ring = key(&"a1".repeat(32)).unwrap();
        let sealed = ring.seal(b"siti", b"rahasia").unwrap();
        assert_eq!(ring.open(b"siti", &sealed).unwrap(), b"rahasia");
        assert_ne!(sealed, ring.seal(b"siti", b"rahasia").unwrap());
        assert!(ring.open(b"budi", &sealed).is_none());
        assert!(key(&"a2".repeat(32)).unwrap().open(b"siti", &sealed).is_none());
        for place in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[place] ^= 1;
            assert!(ring.open(b"siti", &broken).is_none());
        }
        assert!(ring.open(b"siti", b"kurang").is_none());
        assert_ne!(ring.code(b"siti", "abc"), ring.code(b"budi", "abc"));
    }

    #[test]
    fn a_key_is_32_bytes_and_is_never_shown() {
        assert!(key("").is_none() && key("abc").is_none() && key(&"a1".repeat(31)).is_none());
        assert!(key("oaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaGhoaE=").is_some());
        assert_eq!(format!("{:?}", key(&"A1".repeat(32)).unwrap()), "Keyring(…)");
    }
}
