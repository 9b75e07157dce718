//! The pages over the real router and a real Postgres.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use netral::model::Role;
use netral::web::{AppState, TABLE, WebConfig, Who};

use crate::pages::{Browser, LOGINS, PASSWORD, Reply, TOKEN, World};

mod decisions;
pub mod groups;
mod home;
mod hostile;
mod login;
mod oidc;
mod people;
mod quality;
mod review;
mod roles;
mod sources;
mod users;
mod views;

/// A decision that the form takes.
const SUSPICION: [(&str, &str); 4] =
    [("hasil", "dugaan"), ("alasan", "dukungan"), ("huruf", "C.2.e"), ("catatan", "Mengajak memilih secara terbuka.")];

/// A route's address in a world.
pub fn path_of(world: &World, row: &str) -> String {
    row.replace("{hit_id}", &world.hit("post").to_string())
        .replace("{group_id}", &world.group.to_string())
        .replace("{golden_id}", &uuid::Uuid::nil().to_string())
        .replace("{hash}", "0")
        .replace("{name}", "app.css")
        .replace("{set}", "partai-2024")
        .replace("{format}", "csv")
        .replace("{platform}", "bluesky")
        .replace("{proposal_id}", &uuid::Uuid::nil().to_string())
        .replace("{person_id}", &world.person.to_string())
        .replace("{account_id}", &world.account.to_string())
        .replace("{token}", TOKEN)
        .replace("{stand_in_id}", &uuid::Uuid::nil().to_string())
        .replace("{unit_id}", &uuid::Uuid::nil().to_string())
        .replace("{circumstance_id}", &uuid::Uuid::nil().to_string())
        .replace("{import_id}", &uuid::Uuid::nil().to_string())
        .replace("{invitation_id}", &uuid::Uuid::nil().to_string())
        .replace("{declaration_id}", &uuid::Uuid::nil().to_string())
        .replace("{objection_id}", &uuid::Uuid::nil().to_string())
        .replace("{clarification_id}", &uuid::Uuid::nil().to_string())
        .replace("{conflict_id}", &uuid::Uuid::nil().to_string())
        .replace("{user_id}", &uuid::Uuid::nil().to_string())
        .replace("{absence_id}", &uuid::Uuid::nil().to_string())
        .replace("{tip_id}", &uuid::Uuid::nil().to_string())
        .replace("{token_id}", &uuid::Uuid::nil().to_string())
}

async fn ask(browser: &mut Browser, method: &Method, path: &str) -> Reply {
    if *method == Method::GET { browser.get(path).await } else { browser.post(path, &[]).await }
}
