//! Charts, drawn here as SVG: columns that stand on each other by day, and bars beside their words.
//!
//! Pure. A figure below five is never shown as such (few hits on one day could be somebody's whole month): it is a small
//! dashed box of one size, and "fewer than five" in words and in the table that stands under every chart.

use jiff::civil::Date;

use super::i18n::Text;

/// The smallest figure that is shown.
const SMALLEST: i64 = 5;
/// Height of the drawing, in its own units; as wide as there are columns.
const HEIGHT: i64 = 100;
/// Height of what is fewer than five.
const FEW: i64 = 3;
/// Width of a column.
const COLUMN: i64 = 16;
/// … and with its gap.
const STEP: i64 = 20;
/// Styles that the style sheet tells apart; what comes after them shares the last one.
const STYLES: usize = 6;

/// A figure as it may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    None,
    /// One to four.
    Few,
    /// Five or more.
    Count(i64),
}

impl Shown {
    /// What may be shown of a figure.
    #[must_use]
    pub fn of(n: i64) -> Self {
        match n {
            ..=0 => Self::None,
            n if n < SMALLEST => Self::Few,
            n => Self::Count(n),
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self, t: Text) -> String {
        match self {
            Self::None => "–".to_owned(),
            Self::Few => t.s("chart-few"),
            Self::Count(n) => t.number(n),
        }
    }

    fn height(self, top: i64) -> i64 {
        match self {
            Self::None => 0,
            Self::Few => FEW,
            Self::Count(n) => (n * HEIGHT / top.max(1)).max(FEW + 1),
        }
    }
}

/// One box of a column.
pub struct Part {
    /// Left edge, upper edge, height.
    pub place: (i64, i64, i64),
    /// Style.
    pub class: String,
    /// What it says when one points at it.
    pub title: String,
}

/// Columns by day.
pub struct Columns {
    /// Drawn width.
    pub width: i64,
    /// The boxes.
    pub parts: Vec<Part>,
    /// What the highest line stands for.
    pub top: String,
    /// First and last day, in words.
    pub ends: (String, String),
    /// Style and name of each series.
    pub legend: Vec<(String, String)>,
    /// The same as a table: day, then a cell for each series.
    pub rows: Vec<(String, Vec<String>)>,
}

impl Columns {
    /// Width of one column.
    #[must_use]
    pub fn column(&self) -> i64 {
        COLUMN
    }

    /// Columns for the days from `first` to `last`; `figures` are day, series and figure.
    #[must_use]
    pub fn new(first: Date, last: Date, figures: &[(Date, String, i64)], t: Text) -> Self {
        let mut names: Vec<&str> = Vec::new();
        for (_, name, _) in figures {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names.sort_unstable();
        let days: Vec<Date> = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last).collect();
        let of = |day: Date, name: &str| {
            Shown::of(figures.iter().filter(|(d, n, _)| *d == day && n == name).map(|(_, _, n)| n).sum())
        };
        let count = |shown| match shown {
            Shown::Count(n) => n,
            Shown::Few | Shown::None => 0,
        };
        let highest = days.iter().map(|d| names.iter().map(|name| count(of(*d, name))).sum()).max().unwrap_or(0);
        let top = round(highest);
        let class = |i: usize| format!("s{}", i.min(STYLES - 1));
        let (mut parts, mut rows) = (Vec::new(), Vec::new());
        for (x, day) in (0..).step_by(usize::try_from(STEP).unwrap_or(1)).zip(&days) {
            let mut y = HEIGHT;
            let cells: Vec<_> = names.iter().map(|name| of(*day, name)).collect();
            for (i, (name, shown)) in names.iter().zip(&cells).enumerate().filter(|(_, (_, s))| **s != Shown::None) {
                let height = shown.height(top).min(y);
                y -= height;
                let few = if *shown == Shown::Few { " few" } else { "" };
                parts.push(Part {
                    place: (x, y, height),
                    class: format!("{}{few}", class(i)),
                    title: format!("{} · {name}: {}", t.day(*day), shown.words(t)),
                });
            }
            if cells.iter().any(|shown| *shown != Shown::None) {
                rows.push((t.day(*day), cells.into_iter().map(|shown| shown.words(t)).collect()));
            }
        }
        Self {
            width: STEP * i64::try_from(days.len()).unwrap_or(1),
            parts,
            top: t.number(top),
            ends: (t.day(first), t.day(last)),
            legend: names.iter().enumerate().map(|(i, name)| (class(i), (*name).to_owned())).collect(),
            rows,
        }
    }
}

/// One bar beside its words.
pub struct Bar {
    /// What it stands for.
    pub name: String,
    /// The figure in words.
    pub words: String,
    /// Length, of a hundred.
    pub length: i64,
    /// One to four.
    pub few: bool,
}

/// Bars in the order given, the longest as long as the drawing.
#[must_use]
pub fn bars(figures: impl IntoIterator<Item = (String, i64)>, t: Text) -> Vec<Bar> {
    let figures: Vec<_> = figures.into_iter().collect();
    let top = figures.iter().map(|(_, n)| *n).max().unwrap_or(0);
    let bar = |(name, n)| {
        let shown = Shown::of(n);
        Bar { name, words: shown.words(t), length: shown.height(top), few: shown == Shown::Few }
    };
    figures.into_iter().map(bar).collect()
}

/// The next 1, 2 or 5 with zeros.
fn round(n: i64) -> i64 {
    let mut unit = 10;
    loop {
        for step in [1, 2, 5] {
            if unit * step >= n {
                return unit * step;
            }
        }
        unit *= 10;
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::Language;
    use crate::web::clock::Zone;

    fn text() -> Text {
        Text::new(Language::Indonesian, Zone::Wib)
    }

    #[test]
    fn few_are_never_counted_and_add_up_to_nothing() {
        let day = date(2029, 10, 1);
        let figures =
            [(day, "C.2.e".to_owned(), 4), (day, "C.2.f".to_owned(), 12), (date(2029, 10, 3), "C.2.e".to_owned(), 3)];
        let chart = Columns::new(day, date(2029, 10, 4), &figures, text());
        let all = format!("{:?}", chart.rows) + &chart.parts.iter().map(|p| p.title.clone()).collect::<String>();
        assert!(
            !all.contains(": 4") && !all.contains("\"4\"") && !all.contains("\"3\"") && !all.contains("16"),
            "{all}"
        );
        assert!(all.contains("12") && all.contains("kurang dari 5"), "{all}");
        assert_eq!(chart.parts.len(), 3);
        assert!(chart.parts.iter().all(|p| p.place.1 >= 0 && p.place.1 + p.place.2 <= HEIGHT));
        assert_eq!((chart.width, chart.rows.len()), (80, 2));
    }

    #[test]
    fn bars_keep_their_order_and_the_longest_fills_the_line() {
        let bars = bars([("a".to_owned(), 10), ("b".to_owned(), 2), ("c".to_owned(), 0), ("d".to_owned(), 40)], text());
        assert_eq!(bars.iter().map(|b| b.length).collect::<Vec<_>>(), [25, FEW, 0, 100]);
        assert_eq!(bars.iter().map(|b| b.words.as_str()).collect::<Vec<_>>(), ["10", "kurang dari 5", "–", "40"]);
        assert_eq!([0, 10, 11, 21, 51, 101, 999].map(round), [10, 10, 20, 50, 100, 200, 1000]);
    }
}
