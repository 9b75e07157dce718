//! `GET /`: the first page that the role may open.

use axum::response::Redirect;

use super::access::{NAVIGATION, may_open};
use super::auth::Visit;

/// `GET /`
pub async fn show(visit: Visit) -> Redirect {
    let first = NAVIGATION.iter().map(|(path, _)| *path).find(|path| may_open(path, visit.user.role));
    Redirect::to(first.unwrap_or("/bantuan"))
}
