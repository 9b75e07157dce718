//! Files that people attached: the screenshot of a tip, what came with an answer.

use schemars::JsonSchema;
use serde::Serialize;

use super::schema::FileBytes;
use crate::store::Picture;

/// A file that somebody attached. What it says is theirs: show it as a file, never inside a page.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Attached {
    /// `image/png`, `image/jpeg`, `image/webp` or `application/pdf`, by its own bytes.
    media_type: String,
    /// The file.
    content: FileBytes,
}

impl From<Picture> for Attached {
    fn from(file: Picture) -> Self {
        Self { media_type: file.kind, content: FileBytes(file.bytes) }
    }
}
