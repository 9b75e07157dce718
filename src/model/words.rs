//! A sentence in both of netral's languages.

use std::fmt;

use super::Language;

/// What a person is to read, in every language of the pages. [`fmt::Display`] gives the English one: for terminals and logs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Words {
    /// Indonesian.
    pub id: String,
    /// English.
    pub en: String,
}

impl Words {
    /// The same sentence twice.
    #[must_use]
    pub fn new(id: impl Into<String>, en: impl Into<String>) -> Self {
        Self { id: id.into(), en: en.into() }
    }

    /// In a reader's language.
    #[must_use]
    pub fn in_language(&self, language: Language) -> &str {
        match language {
            Language::Indonesian => &self.id,
            Language::English => &self.en,
        }
    }
}

/// [`Words`] as two `format!`s: `words!(id = "tidak ada {name}", en = "there is no {name}")`. Values that can't be written
/// inside the braces follow as `format!` takes them, by name; each is used in both languages.
macro_rules! words {
    (id = $id:literal, en = $en:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::model::Words::new(format!($id $(, $name = $value)*), format!($en $(, $name = $value)*))
    };
}
pub(crate) use words;

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}
