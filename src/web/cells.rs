//! Statistics are shown in cells of five or more (P17).

/// Smallest cell that may be shown.
pub const SMALLEST: i64 = 5;

/// A cell's figure, or `None` where it is one to four.
#[must_use]
pub fn shown(n: i64) -> Option<i64> {
    (n == 0 || n >= SMALLEST).then_some(n)
}

/// The cells of one table. Where only one had to be left out, it could be told from the others and a total known from
/// elsewhere: then the smallest of the others is left out, too.
#[must_use]
pub fn table<K>(rows: Vec<(K, i64)>) -> Vec<(K, Option<i64>)> {
    let hidden = rows.iter().filter(|(_, n)| shown(*n).is_none()).count();
    let smallest = rows.iter().map(|(_, n)| *n).filter(|n| *n >= SMALLEST).min();
    let mut second = (hidden == 1).then_some(smallest).flatten();
    rows.into_iter()
        .map(|(key, n)| {
            let also = second == Some(n);
            if also {
                second = None;
            }
            (key, shown(n).filter(|_| !also))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_cells_stay_out_and_none_can_be_told_from_the_rest() {
        assert_eq!([0, 1, 4, 5, 90].map(shown), [Some(0), None, None, Some(5), Some(90)]);
        let cells = |rows: &[i64]| table(rows.iter().map(|n| ((), *n)).collect()).into_iter().map(|(_, n)| n).collect();
        let seen: Vec<_> = cells(&[9, 3, 7, 7]);
        assert_eq!(seen, [Some(9), None, None, Some(7)], "one more goes with the only small one");
        let seen: Vec<_> = cells(&[9, 3, 2]);
        assert_eq!(seen, [Some(9), None, None]);
        let seen: Vec<_> = cells(&[9, 0, 6]);
        assert_eq!(seen, [Some(9), Some(0), Some(6)]);
        let seen: Vec<_> = cells(&[3]);
        assert_eq!(seen, [None]);
    }
}
