//! The day's digest in words: what waits, how old it is, what is due, which sources are in trouble.

use jiff::Timestamp;

use crate::store::DigestFigures;
use crate::web::Text;

/// Subject and text. Lines without anything to tell are left out.
pub fn words(figures: &DigestFigures, at: Timestamp, link: Option<&str>, t: Text) -> (String, String) {
    let count = |key: &str, n: i64| (n > 0).then(|| format!("- {}", t.n(key, n)));
    let oldest = figures.oldest_at.map(|oldest| format!("- {}", t.x("digest-oldest", t.ago(oldest, at))));
    let hits = [count("digest-late", figures.late), count("digest-due", figures.due), oldest];
    let questions = [
        count("digest-unsent", figures.unsent),
        count("digest-awaited", figures.awaited),
        count("digest-overdue", figures.overdue),
    ];
    let people = [
        count("digest-proposals", figures.proposals),
        count("digest-tips", figures.tips),
        count("digest-declarations", figures.declarations),
        count("digest-objections", figures.objections),
        count("digest-accounts", figures.accounts),
    ];
    let sources: Vec<_> = figures
        .troubled
        .iter()
        .map(|s| {
            let why = match s.why.as_str() {
                "off" => t.s("digest-source-off"),
                "denied" => t.s("digest-source-denied"),
                "fault" => t.s("digest-source-fault"),
                "rate" => t.s("digest-source-rate"),
                _ => t.n("digest-source-accounts", s.accounts),
            };
            Some(format!("- {}: {why}", t.platform(&s.platform)))
        })
        .collect();
    let mut text = t.n("digest-open", figures.open);
    for line in hits.into_iter().flatten() {
        text.push('\n');
        text.push_str(&line);
    }
    let sections: [(&str, Vec<Option<String>>); 3] =
        [("digest-questions", questions.into()), ("digest-second", people.into()), ("digest-sources", sources)];
    for (title, lines) in sections {
        let lines: Vec<String> = lines.into_iter().flatten().collect();
        if !lines.is_empty() {
            text.push_str(&format!("\n\n{}\n{}", t.s(title), lines.join("\n")));
        }
    }
    if let Some(link) = link {
        text.push_str(&format!("\n\n{link}"));
    }
    (t.x("digest-subject", t.day(figures.day)), text)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::Language;
    use crate::store::SourceTrouble;
    use crate::web::Zone;

    #[test]
    fn a_digest_says_what_there_is_and_nothing_else() {
        let at: Timestamp = "2029-10-02T00:00:00Z".parse().unwrap();
        let figures = DigestFigures {
            day: date(2029, 10, 2),
            open: 1200,
            oldest_at: Some("2029-09-27T00:00:00Z".parse().unwrap()),
            late: 0,
            due: 7,
            unsent: 1,
            awaited: 0,
            overdue: 0,
            proposals: 0,
            tips: 2,
            declarations: 0,
            objections: 0,
            accounts: 0,
            troubled: vec![SourceTrouble { platform: "x".into(), why: "denied".into(), accounts: 0 }],
        };
        let (subject, text) = words(&figures, at, Some("https://a.example"), Text::new(Language::English, Zone::Wib));
        assert_eq!(subject, "netral: digest of 2 October 2029");
        assert_eq!(
            text,
            "1,200 hits wait for people.\n- 7 are due within a day\n- The oldest was found 5 days ago\n\n\
             Questions to persons\n- 1 letter is not sent yet\n\n\
             Waiting for a second person\n- 2 tips\n\n\
             Sources in trouble\n- X: refuses netral\n\nhttps://a.example"
        );
        let calm =
            DigestFigures { open: 0, oldest_at: None, due: 0, unsent: 0, tips: 0, troubled: Vec::new(), ..figures };
        let (_, text) = words(&calm, at, None, Text::new(Language::Indonesian, Zone::Wib));
        assert_eq!(text, "Tidak ada indikasi yang menunggu.");
    }
}
