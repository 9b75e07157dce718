//! A person's accounts: added by an operator, ended, and stopped at once where somebody objects.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::Visit;
use super::error::Error;
use super::i18n::Text;
use super::person_show::{self, Extra, PLATFORMS};
use super::register_frame::back;
use super::state::AppState;
use super::typed;
use crate::model::{AccountId, PersonId, Proof};
use crate::store::{NewAccount, SeenLink, StoreError};

/// An account as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccountDraft {
    /// Platform.
    pub platform: String,
    /// Handle.
    pub akun: String,
    /// The platform's own id.
    pub id_akun: String,
    /// Kind of proof.
    pub bukti: String,
    /// Where it is kept.
    pub catatan: String,
    /// First day.
    pub dari: String,
    /// Last day.
    pub sampai: String,
}

impl AccountDraft {
    /// The account, or the name of what is wrong with it.
    ///
    /// # Errors
    /// Name of a message.
    pub fn read(&self) -> Result<NewAccount, &'static str> {
        if !PLATFORMS.contains(&self.platform.as_str()) {
            return Err("account-no-platform");
        }
        let handle = typed::line(&self.akun).trim_start_matches('@').to_owned();
        let external_id = typed::line(&self.id_akun);
        if handle.is_empty() || handle.len() > 512 {
            return Err("account-no-handle");
        }
        if external_id.is_empty() || external_id.len() > 512 {
            return Err("account-no-id");
        }
        let (Some(valid_from), Some(valid_to)) = (typed::day(&self.dari), typed::maybe_day(&self.sampai)) else {
            return Err("account-bad-days");
        };
        if valid_to.is_some_and(|last| last < valid_from) {
            return Err("account-bad-days");
        }
        let proof: Proof = self.bukti.parse().map_err(|_| "account-no-proof")?;
        let proof_note = typed::line(&self.catatan);
        if proof_note.is_empty() || proof_note.chars().count() > 500 {
            return Err("account-no-note");
        }
        Ok(NewAccount { platform: self.platform.clone(), handle, external_id, proof, proof_note, valid_from, valid_to })
    }
}

/// `POST /register/orang/{person_id}/akun`
pub async fn add(
    State(state): State<AppState>,
    visit: Visit,
    Path(person): Path<PersonId>,
    Form(draft): Form<AccountDraft>,
) -> Result<Response, Error> {
    let key = match draft.read() {
        Ok(new) => match state.store.add_account(person, &new, &visit.user.login).await {
            Ok(_) => return Ok(back(&format!("/register/orang/{person}"), "account-added").into_response()),
            Err(StoreError::Conflict { constraint }) => match constraint.as_str() {
                "account_external_key" => "account-taken",
                "account_person_id_fkey" => return Err(Error::NotFound),
                _ => "account-refused",
            },
            Err(error) => return Err(error.into()),
        },
        Err(key) => key,
    };
    let t = Text::new(visit.user.language, state.config.zone);
    let extra = Extra { account: draft, account_problem: Some(t.s(key)), ..Extra::default() };
    person_show::again(&state, &visit, person, extra).await
}

/// One day and why.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Word {
    sampai: String,
    alasan: String,
}

/// `POST /register/akun/{account_id}/akhiri`
pub async fn end(
    State(state): State<AppState>,
    visit: Visit,
    Path(account): Path<AccountId>,
    Form(word): Form<Word>,
) -> Result<Redirect, Error> {
    let page = owners_page(&state, account).await?;
    let Some(last) = typed::day(&word.sampai) else { return Ok(back(&page, "account-bad-end")) };
    let why = typed::why(&word.alasan);
    if why.is_none() && last < typed::today(&state) {
        return Ok(back(&page, "account-end-why"));
    }
    match state.store.end_account(account, last, &why.unwrap_or_default(), &visit.user.login).await {
        Ok(true) => Ok(back(&page, "account-ended")),
        Ok(false) | Err(StoreError::Conflict { .. }) => Ok(back(&page, "account-bad-end")),
        Err(error) => Err(error.into()),
    }
}

/// `POST /register/akun/{account_id}/keberatan`
pub async fn object(
    State(state): State<AppState>,
    visit: Visit,
    Path(account): Path<AccountId>,
    Form(word): Form<Word>,
) -> Result<Redirect, Error> {
    let page = owners_page(&state, account).await?;
    let Some(why) = typed::why(&word.alasan) else { return Ok(back(&page, "account-why")) };
    let stopped = state.store.object(account, &why, &visit.user.login).await?;
    Ok(back(&page, if stopped { "account-stopped" } else { "account-still" }))
}

/// The link as the approver's page showed it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct View {
    dilihat: String,
}

/// `POST /register/akun/{account_id}/setujui`
pub async fn approve(
    State(state): State<AppState>,
    visit: Visit,
    Path(account): Path<AccountId>,
    Form(view): Form<View>,
) -> Result<Redirect, Error> {
    let page = owners_page(&state, account).await?;
    let seen: SeenLink = view.dilihat.parse().map_err(|_| Error::BadRequest)?;
    if seen.account != account {
        return Err(Error::BadRequest);
    }
    let approved = state.store.approve_some(&[seen], &visit.user.login).await?;
    Ok(super::account_approve::answer(&page, approved))
}

async fn owners_page(state: &AppState, account: AccountId) -> Result<String, Error> {
    let owner = state.store.owner_of(account).await?.ok_or(Error::NotFound)?;
    Ok(format!("/register/orang/{owner}"))
}
