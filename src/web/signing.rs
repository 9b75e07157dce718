//! Who signs a declaration or an objection: number and name must fit each other and the unit, and guessing is slowed down.
//!
//! What succeeds is counted like what fails. One answer for every kind of misfit, as at the log-in: whoever does not know both already learns nothing.

use std::collections::BTreeSet;
use std::net::IpAddr;

use axum::http::StatusCode;

use super::error::Error;
use super::state::AppState;
use super::throttle::Keys;
use super::typed;
use crate::model::PersonId;
use crate::store::Invitation;
use crate::text;

/// Why somebody is not known: the answer's status and the name of its message.
pub type Unknown = (StatusCode, &'static str);

/// Titles that people write before a name, or leave out.
const TITLES: [&str; 14] =
    ["dr", "drs", "dra", "drg", "drh", "ir", "prof", "hj", "kh", "apt", "ns", "alm", "bapak", "ibu"];

/// The person of the invitation's unit who signs with this number and name.
pub async fn identify(
    state: &AppState,
    invitation: &Invitation,
    number: &str,
    name: &str,
    from: Option<IpAddr>,
) -> Result<Result<PersonId, Unknown>, Error> {
    let number: String = typed::line(number).chars().filter(|c| !c.is_whitespace()).take(64).collect();
    let keys = Keys::signing(invitation.invitation_id, &number, from);
    // One after the other: a burst of parallel guesses cannot all pass the count before the first one fails.
    let _permit = state.signing.acquire().await.map_err(|_| Error::Internal)?;
    if keys.must_wait(state).await? {
        return Ok(Err((StatusCode::TOO_MANY_REQUESTS, "sign-wait")));
    }
    let found = state.store.signer(invitation.unit_id, &number).await?;
    let Some((person, _)) = found.filter(|(_, known)| is_same_name(known, name)) else {
        keys.failed(state).await?;
        return Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, "sign-unknown")));
    };
    keys.signed(state).await?;
    Ok(Ok(person))
}

/// Whether two spellings can be one person's name: two parts in common, or the only one there is.
fn is_same_name(known: &str, typed: &str) -> bool {
    let (known, typed) = (parts(known), parts(typed));
    let common = known.intersection(&typed).count();
    common >= known.len().min(2) && common > 0
}

/// A name's parts without titles and initials; degrees stand behind a comma.
fn parts(name: &str) -> BTreeSet<String> {
    let name = name.split(',').next().unwrap_or_default();
    text::fold(name)
        .text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| part.chars().count() > 1 && !TITLES.contains(part))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_same_name;

    #[test]
    fn titles_and_degrees_make_no_difference() {
        for typed in ["wirabumi prakosa", "Drs. Wirabumi A. Prakosa, M.Si.", "PRAKOSA WIRABUMI"] {
            assert!(is_same_name("Dr. H. Wirabumi Adi Prakosa, S.Sos., M.Si.", typed), "{typed}");
        }
        for typed in ["", "Wirabumi", "Prakosa", "Dr. H.", "Siti Aminah"] {
            assert!(!is_same_name("Dr. H. Wirabumi Adi Prakosa", typed), "{typed}");
        }
        assert!(is_same_name("Suparman, S.Pd.", "suparman"));
        assert!(!is_same_name("Dr.", "Dr."));
    }
}
