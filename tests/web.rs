//! The pages over the real router and a real Postgres.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use netral::model::Role;
use netral::web::{TABLE, WebConfig, Who};

use crate::pages::{Browser, LOGINS, PASSWORD, Reply, World};

mod decisions;
mod hostile;
mod login;
mod roles;
mod sources;
mod views;

/// A decision that the form takes.
const SUSPICION: [(&str, &str); 4] =
    [("hasil", "dugaan"), ("alasan", "dukungan"), ("huruf", "C.2.e"), ("catatan", "Mengajak memilih secara terbuka.")];

fn path_of(world: &World, row: &str) -> String {
    row.replace("{hit_id}", &world.hit("post").to_string())
        .replace("{hash}", "0")
        .replace("{name}", "app.css")
        .replace("{set}", "partai-2024")
        .replace("{format}", "csv")
        .replace("{platform}", "bluesky")
        .replace("{proposal_id}", &uuid::Uuid::nil().to_string())
        .replace("{stand_in_id}", &uuid::Uuid::nil().to_string())
}

async fn ask(browser: &mut Browser, method: &Method, path: &str) -> Reply {
    if *method == Method::GET { browser.get(path).await } else { browser.post(path, &[]).await }
}
