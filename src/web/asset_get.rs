//! Style sheet, script and icon, built into the binary. The address carries the content's hash, so it can be kept for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::error::Error;

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

const ASSETS: [Asset; 3] = [
    Asset { name: "app.css", kind: "text/css; charset=utf-8", content: include_str!("assets/app.css") },
    Asset { name: "app.js", kind: "text/javascript; charset=utf-8", content: include_str!("assets/app.js") },
    Asset { name: "favicon.svg", kind: "image/svg+xml", content: include_str!("assets/favicon.svg") },
];

/// Where the pages find their assets.
#[derive(Debug)]
pub struct Addresses {
    /// Style sheet.
    pub css: String,
    /// Script.
    pub js: String,
    /// Icon.
    pub icon: String,
}

static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = Sha256::new();
    for asset in ASSETS {
        hasher.update(asset.content.as_bytes());
    }
    hasher.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
});

static ADDRESSES: LazyLock<Addresses> = LazyLock::new(|| {
    let address = |name| format!("/aset/{}/{name}", *HASH);
    Addresses { css: address("app.css"), js: address("app.js"), icon: address("favicon.svg") }
});

/// The addresses of this build.
pub fn addresses() -> &'static Addresses {
    &ADDRESSES
}

/// `GET /aset/{hash}/{name}`
pub async fn get(Path((hash, name)): Path<(String, String)>) -> Result<Response, Error> {
    let asset = ASSETS.iter().find(|a| a.name == name && hash == *HASH).ok_or(Error::NotFound)?;
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
    ];
    Ok((headers, asset.content).into_response())
}
