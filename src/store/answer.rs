//! Answers of the API kept for a day under the key that the request carried, so that asking again does nothing twice.

use uuid::Uuid;

use super::{Store, StoreError};

/// What is known of a request's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptAnswer {
    /// Nothing: it is this request's now, and its answer is awaited.
    New,
    /// The same request is being answered.
    InFlight,
    /// It was the key of another request.
    OtherRequest,
    /// The same request was answered so: status and body.
    Answered(u16, Vec<u8>),
}

impl Store {
    /// Takes a key for a request, or says what became of it. A request that was cut off without an answer gives its key
    /// free after a minute, which no request lasts.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away.
    pub async fn begin_answer(&self, token: Uuid, key: &str, request: [u8; 32]) -> Result<KeptAnswer, StoreError> {
        let taken = sqlx::query_scalar!(
            r#"insert into api_answer as a (token_id, key, request) values ($1, $2, $3)
               on conflict (token_id, key) do update
               set request = excluded.request, begun_at = now(), status = null, body = null
               where a.begun_at < now() - interval '1 day'
                  or (a.status is null and a.request = excluded.request and a.begun_at < now() - interval '1 minute')
               returning true as "taken!""#,
            token,
            key,
            request.as_slice()
        )
        .fetch_optional(&self.pool)
        .await?;
        if taken.is_some() {
            return Ok(KeptAnswer::New);
        }
        let row = sqlx::query!(
            r#"select request = $3 as "same!", status, body from api_answer where token_id = $1 and key = $2"#,
            token,
            key,
            request.as_slice()
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(match row {
            Some(row) if !row.same => KeptAnswer::OtherRequest,
            Some(row) => match (row.status.and_then(|s| u16::try_from(s).ok()), row.body) {
                (Some(status), Some(body)) => KeptAnswer::Answered(status, body),
                _ => KeptAnswer::InFlight,
            },
            // Given back between the two statements: whoever asks again gets it.
            None => KeptAnswer::InFlight,
        })
    }

    /// Keeps the answer to the request that holds a key.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] `api_answer_body_check` where the body is larger than 64 KiB.
    pub async fn keep_answer(&self, token: Uuid, key: &str, status: u16, body: &[u8]) -> Result<(), StoreError> {
        sqlx::query!(
            "update api_answer set status = $3, body = $4 where token_id = $1 and key = $2 and status is null",
            token,
            key,
            i16::try_from(status).unwrap_or(500),
            body
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Gives a key free whose request came to nothing.
    ///
    /// # Errors
    /// [`StoreError`] when the database is away; then it is free after a minute.
    pub async fn give_up_answer(&self, token: Uuid, key: &str) -> Result<(), StoreError> {
        sqlx::query!("delete from api_answer where token_id = $1 and key = $2 and status is null", token, key)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
