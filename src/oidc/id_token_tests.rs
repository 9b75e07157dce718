//! Tokens that must not count, each wrong in one place.

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use super::*;

const NOW: i64 = 1_900_000_000;
const EXPECTED: Expected<'_> = Expected { issuer: "https://sso.example", client_id: "netral", nonce: "n-1", now: NOW };

struct Signer(EcdsaKeyPair);

impl Signer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_ref(), &random).unwrap())
    }

    fn key(&self, kid: &str) -> Key {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        let [x, y] = [x, y].map(|part| BASE64URL_NOPAD.encode(part));
        serde_json::from_value(json!({ "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "x": x, "y": y }))
            .unwrap()
    }

    fn sign(&self, header: &Value, body: &Value) -> String {
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", part(header), part(body));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }
}

fn header() -> Value {
    json!({ "alg": "ES256", "kid": "k1" })
}

fn body() -> Value {
    json!({ "iss": "https://sso.example", "sub": "u-7", "aud": "netral", "exp": NOW + 300, "iat": NOW, "nonce": "n-1",
            "preferred_username": "siti" })
}

fn with(mut value: Value, name: &str, to: Value) -> Value {
    if to.is_null() {
        value.as_object_mut().unwrap().remove(name);
    } else {
        value[name] = to;
    }
    value
}

#[test]
fn a_token_that_holds_says_who() {
    let signer = Signer::new();
    for body in [
        body(),
        with(body(), "aud", json!(["netral"])),
        with(with(body(), "aud", json!(["lain", "netral"])), "azp", json!("netral")),
        with(body(), "exp", json!(NOW - 59)),
    ] {
        let claims = verify(&signer.sign(&header(), &body), &[signer.key("k1")], &EXPECTED)
            .unwrap_or_else(|e| panic!("{e}: {body}"));
        assert_eq!((claims.subject(), claims.text("preferred_username")), ("u-7", Some("siti")));
    }
    let nameless = signer.sign(&json!({ "alg": "ES256" }), &body());
    assert!(verify(&nameless, &[signer.key("k1")], &EXPECTED).is_ok(), "one key is meant");
    let two = [signer.key("k1"), signer.key("k2")];
    assert_eq!(verify(&nameless, &two, &EXPECTED).err(), Some(Refusal::UnknownKey), "two keys could be");
}

#[test]
fn a_token_that_is_wrong_in_one_place_is_refused() {
    let signer = Signer::new();
    let keys = [signer.key("k1")];
    let far = json!(NOW + 4000);
    for (name, value, why) in [
        ("iss", json!("https://sso.example/"), Refusal::Issuer),
        ("iss", Value::Null, Refusal::Malformed),
        ("aud", json!("lain"), Refusal::Audience),
        ("aud", json!([]), Refusal::Audience),
        ("aud", json!(["netral", "lain"]), Refusal::Audience),
        ("azp", json!("lain"), Refusal::Audience),
        ("exp", json!(NOW - 61), Refusal::Time),
        ("exp", json!("2099"), Refusal::Malformed),
        ("exp", Value::Null, Refusal::Malformed),
        ("nbf", far.clone(), Refusal::Time),
        ("nbf", json!("nanti"), Refusal::Malformed),
        ("iat", far, Refusal::Time),
        ("iat", json!(NOW - 700), Refusal::Time),
        ("nonce", json!("n-2"), Refusal::Nonce),
        ("nonce", Value::Null, Refusal::Nonce),
        ("sub", json!(""), Refusal::Malformed),
        ("sub", json!("a\u{0}b"), Refusal::Malformed),
        ("sub", json!(7), Refusal::Malformed),
    ] {
        let token = signer.sign(&header(), &with(body(), name, value.clone()));
        assert_eq!(verify(&token, &keys, &EXPECTED).err(), Some(why), "{name} = {value}");
    }
    for (name, value, why) in [
        ("alg", json!("none"), Refusal::Algorithm),
        ("alg", json!("HS256"), Refusal::Algorithm),
        ("alg", json!("RS256"), Refusal::UnknownKey),
        ("kid", json!("k2"), Refusal::UnknownKey),
        ("crit", json!(["exp"]), Refusal::Malformed),
    ] {
        let token = signer.sign(&with(header(), name, value.clone()), &body());
        assert_eq!(verify(&token, &keys, &EXPECTED).err(), Some(why), "{name} = {value}");
    }
    let other = Signer::new().sign(&header(), &body());
    assert_eq!(verify(&other, &keys, &EXPECTED).err(), Some(Refusal::Signature));
    let good = signer.sign(&header(), &body());
    let (head, rest) = good.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let swapped = BASE64URL_NOPAD.encode(with(body(), "sub", json!("u-8")).to_string().as_bytes());
    assert_eq!(verify(&format!("{head}.{swapped}.{signature}"), &keys, &EXPECTED).err(), Some(Refusal::Signature));
    for broken in
        ["", ".", "..", "a.b", "a.b.c", &format!("{good}."), &format!("{head}..{signature}"), &"x".repeat(40_000)]
    {
        assert!(verify(broken, &keys, &EXPECTED).is_err());
    }
}

/// Made with OpenSSL.
#[test]
fn an_rs256_signature_of_another_maker_is_checked() {
    let key: Key = serde_json::from_value(json!({ "kty": "RSA", "e": "AQAB", "n": "oKKvydHa7GPvAf7MiID458VyIhOhO9p6vAlECtANv6L8i3MWxUvoqFtFRvifwLShPRtZcWcQ2mt5usqM9aT6Bu-gdfqso_OaaTW8B11O7x_HijUMAep1mWkHNwGSFQg9kAjo3UWgVUneXqw8yRPfwNkR6z2_lMxEVzuR_fCH4yEm_0Ba-h9MKZaeyMQil9EIykjZK764tExwBYqNOT2u0Z2oSlOwm40LP9iglqFLd1cdITf2PjOGJ5-YZ49y-eylh9uMvKDNi8RbM1IHKUt_2sskliY-u7c3qlUHvpYRlVWgxmRKS-l-6wzNMGAaHgRDKXYvYV3ZgwNmymcKC5tdCw" })).unwrap();
    let signed = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL21hc3VrLmNvbnRvaC5leGFtcGxlIn0";
    let signature = "i8XrPwa5wGroa4YYKeNF_6Ziwc3x1Nqx6RJngmequ8NuXkVXCOFdmwMqqg5oHV-WCziumXhkxU-7-a527typuQZZKKy2a5OOZOzlT96cKqAaL8ApvJY1f5-VmyUFUsqNtUksxxizDiDntH-Z9NB8RQAq8OMDiIBzncGL25FD2XEr37XlxTFeN2A4wWHZH19ZpUEISaOs49eAppdZYQMvJgetaPs66dbimhleOKgsuFRkeuespaTv7l7RvNaeSpcqkHzco0Oxa7s6absg4xXzOm5xcxyhOPVOOnp4MWxfe0nY5sYSQtsqI7W-3Dpu-kYCLZ-LohXluW-SWnzzd5rT3A";
    let signature = bytes(signature).unwrap();
    let header = Header { alg: "RS256".to_owned(), kid: None, crit: None };
    assert_eq!(check_signature(&header, signed.as_bytes(), &signature, std::slice::from_ref(&key)), Ok(()));
    let mut broken = signature;
    broken[9] ^= 1;
    assert_eq!(check_signature(&header, signed.as_bytes(), &broken, &[key]), Err(Refusal::Signature));
}
