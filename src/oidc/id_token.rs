//! Identity tokens: the signature first (RS256 or ES256, nothing else), then each claim that says for whom and when it counts.

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::{Map, Value};

/// How far the provider's clock may be off, in seconds.
const LEEWAY: i64 = 60;
/// How old a fresh token may be, in seconds: it was made moments ago, in answer to us.
const OLDEST: i64 = 600;
/// Longest token that is looked at.
const MAX_LENGTH: usize = 32 * 1024;
/// Longest id of a person (OIDC Core, 2).
const MAX_SUBJECT: usize = 255;

/// Why an identity token does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not three parts of base64url with JSON in them, or a claim of the wrong kind.
    #[error("it is malformed")]
    Malformed,
    /// Signed in a way that is not accepted here, `none` among them.
    #[error("its algorithm is not accepted")]
    Algorithm,
    /// Signed with a key that the provider does not show.
    #[error("its key is unknown")]
    UnknownKey,
    /// The signature is wrong.
    #[error("its signature is wrong")]
    Signature,
    /// Another provider made it.
    #[error("another issuer made it")]
    Issuer,
    /// It is meant for somebody else.
    #[error("it is meant for another client")]
    Audience,
    /// It has run out, is not valid yet, or is old.
    #[error("its time is not now")]
    Time,
    /// It answers another question.
    #[error("it answers another question")]
    Nonce,
}

/// A public key as the provider shows it (RFC 7517). Kinds that are not used here do not parse.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kty")]
pub(super) enum Key {
    /// RSA.
    #[serde(rename = "RSA")]
    Rsa {
        #[serde(flatten)]
        about: About,
        n: String,
        e: String,
    },
    /// A point on a curve.
    #[serde(rename = "EC")]
    Ec {
        #[serde(flatten)]
        about: About,
        crv: String,
        x: String,
        y: String,
    },
}

/// What a key says of itself.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct About {
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    /// Extensions that must be understood: none is.
    #[serde(default)]
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Body {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What a token must say.
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) now: i64,
}

/// The claims of a token that holds.
pub(super) struct Claims {
    subject: String,
    rest: Map<String, Value>,
}

impl Claims {
    /// The provider's id of the person.
    pub(super) fn subject(&self) -> &str {
        &self.subject
    }

    /// A further claim, where it is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.rest.get(name).and_then(Value::as_str)
    }
}

/// The claims of a token whose signature and claims hold.
pub(super) fn verify(token: &str, keys: &[Key], expected: &Expected<'_>) -> Result<Claims, Refusal> {
    if token.len() > MAX_LENGTH {
        return Err(Refusal::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let (header, body) = signed.split_once('.').ok_or(Refusal::Malformed)?;
    let header: Header = json(header)?;
    if header.crit.is_some() {
        return Err(Refusal::Malformed);
    }
    let signature = bytes(signature)?;
    check_signature(&header, signed.as_bytes(), &signature, keys)?;
    let body: Body = json(body)?;
    if body.iss != expected.issuer {
        return Err(Refusal::Issuer);
    }
    let (named, several) = match &body.aud {
        Audience::One(one) => (one == expected.client_id, false),
        Audience::Many(many) => (many.iter().any(|a| a == expected.client_id), many.len() > 1),
    };
    let authorized = match &body.azp {
        Some(azp) => azp == expected.client_id,
        None => !several,
    };
    if !named || !authorized {
        return Err(Refusal::Audience);
    }
    let now = expected.now;
    let early = body.nbf.is_some_and(|nbf| nbf > now.saturating_add(LEEWAY)) || body.iat > now.saturating_add(LEEWAY);
    if early || body.exp <= now.saturating_sub(LEEWAY) || body.iat < now.saturating_sub(OLDEST) {
        return Err(Refusal::Time);
    }
    if body.nonce.as_deref() != Some(expected.nonce) {
        return Err(Refusal::Nonce);
    }
    if body.sub.is_empty() || body.sub.len() > MAX_SUBJECT || body.sub.chars().any(char::is_control) {
        return Err(Refusal::Malformed);
    }
    Ok(Claims { subject: body.sub, rest: body.rest })
}

/// The algorithm belongs to the key's kind, so that no token chooses how a key is used.
fn check_signature(header: &Header, signed: &[u8], signature: &[u8], keys: &[Key]) -> Result<(), Refusal> {
    if !matches!(header.alg.as_str(), "RS256" | "ES256") {
        return Err(Refusal::Algorithm);
    }
    let fits = |about: &About| {
        about.usage.as_deref().is_none_or(|usage| usage == "sig")
            && about.alg.as_deref().is_none_or(|alg| alg == header.alg)
            && (header.kid.is_none() || about.kid == header.kid)
    };
    let mut fitting = keys.iter().filter(|key| match key {
        Key::Rsa { about, .. } => header.alg == "RS256" && fits(about),
        Key::Ec { about, crv, .. } => header.alg == "ES256" && crv == "P-256" && fits(about),
    });
    // Without a name a token counts only where there is one key that it can mean.
    let (Some(key), None) = (fitting.next(), fitting.next()) else { return Err(Refusal::UnknownKey) };
    let holds = match key {
        Key::Rsa { n, e, .. } => {
            let (n, e) = (bytes(n)?, bytes(e)?);
            RsaPublicKeyComponents { n: &n, e: &e }.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
        }
        Key::Ec { x, y, .. } => {
            let point = [vec![4], bytes(x)?, bytes(y)?].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature)
        }
    };
    holds.map_err(|_| Refusal::Signature)
}

fn bytes(text: &str) -> Result<Vec<u8>, Refusal> {
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| Refusal::Malformed)
}

fn json<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, Refusal> {
    serde_json::from_slice(&bytes(part)?).map_err(|_| Refusal::Malformed)
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
