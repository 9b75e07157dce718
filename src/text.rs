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

mod excerpt;
mod fold;
mod glued;
mod hash;
mod haystack;
mod lookalike;
mod token;
mod variant;

pub use excerpt::{Excerpt, excerpt};
pub use fold::{Folded, fold, fold_keep_case};
pub use glued::{Piece, Segmenter, is_common_word};
pub use hash::{Fx, FxMap};
pub use haystack::Haystack;
pub use token::{Gap, Shape, Token, TokenKind};
pub use variant::{Twist, for_each_variant};
