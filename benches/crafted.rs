//! Posts and lists that somebody made to be slow. Each is made to a size, so that growth can be seen.

use netral::model::Activity;

use super::corpus::{Dice, List};

/// A way to be slow.
pub struct Crafted {
    pub title: &'static str,
    /// Makes a post of about so many bytes; the name stands in the measured list.
    pub post: fn(bytes: usize, name: &str) -> Activity,
}

/// Posts, to be matched with an ordinary list.
pub const POSTS: [Crafted; 24] = [
    Crafted { title: "one word, one letter", post: |n, _| text("a".repeat(n)) },
    Crafted {
        title: "one word, many letters",
        post: |n, _| {
            let mut dice = Dice(7);
            text((0..n).map(|_| letter(&mut dice)).collect())
        },
    },
    Crafted { title: "one hashtag with a name in it", post: |n, name| text(format!("#{}", fill(n, &glued(name)))) },
    Crafted { title: "combining marks on one letter", post: |n, _| text(format!("a{}", "\u{301}".repeat(n / 2))) },
    Crafted { title: "zero-width characters", post: |n, _| text(fill(n, "b\u{200B}\u{200D}\u{FEFF}")) },
    Crafted { title: "all emoji", post: |n, _| text(fill(n, "✌🏽👨‍👩‍👧🇮🇩2️⃣")) },
    Crafted {
        title: "all styled letters", post: |n, _| text(fill(n, "𝐠𝐚𝐧𝐭𝐢 𝖕𝖗𝖊𝖘𝖎𝖉𝖊𝖓 ⓐⓑⓒ "))
    },
    Crafted { title: "Cyrillic look-alikes", post: |n, _| text(fill(n, "рrаbоwо АМІN ")) },
    Crafted { title: "the first word of a form, always", post: |n, name| text(fill(n, &format!("{} ", first(name)))) },
    Crafted {
        title: "near misses of forms",
        post: |n, name| text(fill(n, &format!("{} x dukung coblos ", first(name)))),
    },
    Crafted {
        title: "hashtags with names, glued",
        post: |n, name| text(fill(n, &format!("#dukung{0}menang{0}#gas", glued(name)))),
    },
    Crafted {
        title: "long words with a name in them",
        post: |n, name| text(fill(n, &format!("zqx{0}zqxwvuhdkfl{0}qjzxv ", glued(name)))),
    },
    Crafted { title: "@-chain, glued", post: |n, _| text(fill(n, "@a")) },
    Crafted { title: "@-chain inside words", post: |n, _| text(fill(n, "ab@cd@ef@gh@")) },
    Crafted { title: "digits among letters", post: |n, _| text(fill(n, "p1l1h61b6an w1r4bum1x9 ")) },
    Crafted { title: "stretched letters", post: |n, _| text(fill(n, "maaaannnntaaaappppnyaaa ")) },
    Crafted { title: "letters spaced apart", post: |n, _| text(fill(n, "b u d i s a n t o s o ")) },
    Crafted { title: "syllables hyphenated", post: |n, _| text(fill(n, "bu-di-san-to-so-")) },
    Crafted { title: "one name again and again", post: |n, name| text(fill(n, &format!("{name} "))) },
    Crafted { title: "a name and a cue, again and again", post: |n, name| text(fill(n, &format!("dukung {name} "))) },
    Crafted { title: "names in quotation marks", post: |n, name| text(fill(n, &format!("\"{name}\", "))) },
    Crafted { title: "a name and a cue, quoted", post: |n, name| text(fill(n, &format!("\"dukung {name}\" "))) },
    Crafted { title: "names and phrases that mask", post: |n, name| text(fill(n, &format!("{name} hak pilih "))) },
    Crafted {
        title: "hashtags in the text and listed",
        post: |n, _| {
            let tags: Vec<String> = (0..n / 16).map(|i| format!("tag{i:05}")).collect();
            let text = tags.iter().map(|tag| format!("#{tag}")).collect::<Vec<_>>().join(" ");
            Activity { id: "c".to_owned(), text, hashtags: tags, ..Activity::default() }
        },
    },
];

/// Lists, each with a post that is bad for it.
pub fn lists(forms: usize) -> Vec<(List, Crafted)> {
    // Every word reads as itself and, its last letter let go, as another word of the list: readings multiply.
    let doubled = (0..forms.min(1 << 12)).map(|bits| {
        let words = (0..12).map(|at| if bits >> at & 1 == 0 { "budiri" } else { "budirii" });
        words.chain(["akhir"]).collect::<Vec<_>>().join(" ")
    });
    // Every form is the beginning of the next but for its last word: each place of the post goes deep, none arrives.
    let nested = (1..forms.min(400)).map(|depth| format!("{}tidak{depth}", "maju ".repeat(depth)));
    // The same first word for all.
    let same = {
        let mut dice = Dice(11);
        (0..forms).map(move |i| format!("calon {}{i}", dice.word())).collect::<Vec<_>>()
    };
    // A name inside another inside another: at every place many forms end.
    let inner = (1..forms.min(64)).map(|length| "baba".repeat(length));
    vec![
        (
            List::crafted("forms that double their readings", doubled),
            Crafted { title: "readings that multiply", post: |n, _| text(fill(n, "budirii ")) },
        ),
        (
            List::crafted("forms nested in each other", nested),
            Crafted { title: "nested near misses", post: |n, _| text(fill(n, "maju ")) },
        ),
        (
            List::crafted("the same first word", same),
            Crafted { title: "that word and no second one", post: |n, _| text(fill(n, "calon calon pilihan ")) },
        ),
        (
            List::crafted("words made of each other", inner),
            Crafted { title: "hashtags of them", post: |n, _| text(fill(n, &format!("#{} ", "baba".repeat(15)))) },
        ),
    ]
}

fn text(text: String) -> Activity {
    Activity { id: "c".to_owned(), text, ..Activity::default() }
}

/// The piece, as often as it fits whole.
fn fill(bytes: usize, piece: &str) -> String {
    piece.repeat((bytes / piece.len().max(1)).max(1))
}

fn letter(dice: &mut Dice) -> char {
    let at = dice.below(26);
    char::from(b"abcdefghijklmnopqrstuvwxyz"[at])
}

fn glued(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric()).take(24).collect()
}

fn first(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}
