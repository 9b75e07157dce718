//! Folding text for matching, with a way back to the author's own bytes.
//!
//! [`Haystack`] is one field of an activity: its folded text, its tokens, and the map that turns every span of the
//! folded text into a span of the original, always on character boundaries.
//!
//! ```
//! let haystack = netral::text::Haystack::new("Pilih 𝐆𝐚𝐧𝐣𝐚𝐫 ya");
//! assert_eq!(haystack.folded(), "pilih ganjar ya");
//! let token = &haystack.tokens()[1];
//! assert_eq!(haystack.surface(token.span()), "𝐆𝐚𝐧𝐣𝐚𝐫");
//! ```

mod chunk;
mod excerpt;
mod fold;
mod folded;
mod glued;
mod hash;
mod haystack;
pub mod html;
mod likeness;
mod lookalike;
mod mask;
mod slang;
mod starts;
mod token;
mod variant;
mod vocab;

pub(crate) use chunk::separates;
pub use chunk::{Page, joins_space};
pub use excerpt::{Excerpt, excerpt};
pub(crate) use fold::fold_in;
pub use fold::{fold, fold_keep_case};
pub use folded::Folded;
pub use glued::{Known, Lexicon, Piece, Segmenter, is_common_name, is_common_word};
pub use hash::{FxMap, WordKey, hash_word};
pub use haystack::{Haystack, Room};
pub use likeness::Likeness;
pub(crate) use lookalike::is_alphanumeric;
pub(crate) use mask::has_byte;
pub use slang::{Gloss, glosses};
pub use starts::Starts;
pub use token::{Gap, Shape, Token, TokenKind};
pub use variant::{Twist, for_each_variant, passive_stem};
pub use vocab::{Vocab, WordId};
