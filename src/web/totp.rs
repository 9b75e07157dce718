//! Time-based codes (RFC 6238: 30 seconds, SHA-1, six digits), and the picture with which an app takes the secret.

use data_encoding::BASE32_NOPAD;
use qrcode::{Color, QrCode};
use totp_rs::{Algorithm, Builder, Totp};

/// Length of the shared secret, as RFC 4226 recommends.
const SECRET_LENGTH: usize = 20;
const STEP_SECONDS: u64 = 30;
/// White modules around the picture, as its standard asks.
const MARGIN: usize = 4;

/// A fresh secret.
pub fn new_secret() -> [u8; SECRET_LENGTH] {
    rand::random()
}

fn totp(secret: &[u8]) -> Option<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(STEP_SECONDS)
        .with_secret(secret)
        .build()
        .ok()
}

/// The step of a code that is right now, or was a step ago, or will be in one. Whether it has been used is another question.
pub fn step_of(secret: &[u8], code: &str, unix_seconds: i64) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let step = totp(secret)?.check(&code, u64::try_from(unix_seconds).ok()?)?;
    i64::try_from(step).ok()
}

/// The secret in groups of four, for typing.
pub fn spelled(secret: &[u8]) -> String {
    let text = BASE32_NOPAD.encode(secret);
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" ")
}

/// What the picture says.
pub fn address(secret: &[u8], login: &str, host: &str) -> String {
    // A log-in is `[a-z0-9._-]`; the host is what people know the service by.
    let host: String = host.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
    let issuer = if host.is_empty() { "netral".to_owned() } else { format!("netral%20{host}") };
    let secret = BASE32_NOPAD.encode(secret);
    format!("otpauth://totp/{issuer}:{login}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30")
}

/// The picture: its width in modules and the dark ones as an SVG path.
pub fn picture(text: &str) -> Option<(usize, String)> {
    let code = QrCode::new(text).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            path.push_str(&format!("M{} {}h1v1h-1z", place % width + MARGIN, place / width + MARGIN));
        }
    }
    Some((width + 2 * MARGIN, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, of which six digits count here.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (at, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            assert_eq!(step_of(secret, code, at), Some(at / 30), "{code}");
            assert_eq!(step_of(secret, code, at + 30), Some(at / 30), "a step late");
            assert_eq!(step_of(secret, code, at - 30), Some(at / 30), "a step early");
            assert_eq!(step_of(secret, code, at + 61), None, "two steps late");
        }
        assert_eq!(step_of(secret, " 287 082 ", 59), Some(1));
        for wrong in ["", "28708", "2870822", "28708a", "２８７０８２", "287083"] {
            assert_eq!(step_of(secret, wrong, 59), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_is_told_what_it_needs() {
        let secret = b"12345678901234567890";
        assert_eq!(spelled(secret), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        let address = address(secret, "siti", "netral.contoh.go.id\"><");
        assert_eq!(
            address,
            "otpauth://totp/netral%20netral.contoh.go.id:siti?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=netral%20netral.contoh.go.id&algorithm=SHA1&digits=6&period=30"
        );
        let (width, path) = picture(&address).unwrap();
        assert!(width > 40 && path.starts_with("M4 4h1v1h-1z"), "{width} {path}");
    }
}
