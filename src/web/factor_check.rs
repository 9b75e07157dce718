//! Whether a code is right: one of the app's, which counts once, or a recovery code, which counts once, too.

use jiff::Timestamp;

use super::error::Error;
use super::seal::Keyring;
use super::state::AppState;
use super::{invitation_list, totp};
use crate::store::User;

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// The key, without which no second factor can be set up or checked.
pub fn key(state: &AppState) -> Result<&Keyring, Error> {
    state.config.secret_key.as_ref().ok_or_else(|| {
        tracing::error!("NETRAL_SECRET_KEY is not set, but a second factor is to be checked");
        Error::Internal
    })
}

/// Who a secret is sealed for.
pub fn owner(user: &User) -> &[u8] {
    user.user_id.0.as_bytes()
}

/// The user's shared secret.
pub fn open(state: &AppState, user: &User, sealed: &[u8]) -> Result<Vec<u8>, Error> {
    key(state)?.open(owner(user), sealed).ok_or_else(|| {
        tracing::error!(user = %user.user_id, "a second factor cannot be opened: NETRAL_SECRET_KEY is another one");
        Error::Internal
    })
}

/// Whether the code is right, and uses it up.
pub async fn passes(state: &AppState, user: &User, code: &str) -> Result<bool, Error> {
    let Some(factor) = state.store.second_factor(user.user_id).await?.filter(|f| f.confirmed) else { return Ok(false) };
    let secret = open(state, user, &factor.sealed)?;
    if let Some(step) = totp::step_of(&secret, code, Timestamp::now().as_second()) {
        return Ok(state.store.use_step(user.user_id, step).await?);
    }
    let code: String = code.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    if code.len() < 10 {
        return Ok(false);
    }
    Ok(state.store.use_recovery_code(user, key(state)?.code(owner(user), &code)).await?)
}

/// Fresh recovery codes, and what the database keeps of them.
pub fn recovery_codes(state: &AppState, user: &User) -> Result<(Vec<String>, Vec<[u8; 32]>), Error> {
    let key = key(state)?;
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| invitation_list::readable(2)).collect();
    let kept = codes.iter().map(|code| key.code(owner(user), &code.replace('-', ""))).collect();
    Ok((codes, kept))
}
