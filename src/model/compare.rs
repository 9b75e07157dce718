//! Whether two lots were treated alike: exact and rank tests, and what many of them together may say.

/// Two-sided p of Fisher's exact test: `part` of `whole` in one lot, `other_part` of `other_whole` in the other.
#[must_use]
pub fn fisher(part: u32, whole: u32, other_part: u32, other_whole: u32) -> f64 {
    let (part, other_part) = (part.min(whole), other_part.min(other_whole));
    let (parts, all) = (part + other_part, whole + other_whole);
    let mut logs = Vec::with_capacity(all as usize + 1);
    let mut log = 0.0;
    logs.push(log);
    for n in 1..=all {
        log += f64::from(n).ln();
        logs.push(log);
    }
    let fact = |n: u32| logs.get(n as usize).copied().unwrap_or_default();
    let choose = |n: u32, k: u32| fact(n) - fact(k) - fact(n - k);
    let chance = |k: u32| (choose(whole, k) + choose(other_whole, parts - k) - choose(all, parts)).exp();
    let observed = chance(part) * (1.0 + 1e-7);
    let possible = parts.saturating_sub(other_whole)..=parts.min(whole);
    possible.map(chance).filter(|p| *p <= observed).sum::<f64>().min(1.0)
}

/// Two-sided p of the Mann-Whitney test, by its normal approximation with corrections for ties and continuity: fit for
/// twenty values or more in each lot. 1 where a lot is empty.
#[must_use]
pub fn mann_whitney(one: &[i32], other: &[i32]) -> f64 {
    let Some((n, m)) = count(one).zip(count(other)).filter(|(n, m)| *n > 0.0 && *m > 0.0) else { return 1.0 };
    let mut all: Vec<(i32, bool)> = one.iter().map(|v| (*v, true)).chain(other.iter().map(|v| (*v, false))).collect();
    all.sort_unstable();
    let (mut before, mut ranks, mut ties) = (0.0, 0.0, 0.0);
    for run in all.chunk_by(|a, b| a.0 == b.0) {
        let t = count(run).unwrap_or_default();
        let ours = run.iter().filter(|(_, first)| *first).fold(0.0, |sum, _| sum + 1.0);
        ranks += ours * (before + f64::midpoint(t, 1.0));
        ties += t * t * t - t;
        before += t;
    }
    let total = n + m;
    let distance = (ranks - n * (n + 1.0) / 2.0 - n * m / 2.0).abs() - 0.5;
    let spread = n * m / 12.0 * (total + 1.0 - ties / (total * (total - 1.0).max(1.0)));
    if spread <= 0.0 { 1.0 } else { two_sided(distance.max(0.0) / spread.sqrt()) }
}

/// Holm's correction: each p raised so that the chance of one false alarm among all of them stays what one p says.
#[must_use]
pub fn holm(ps: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..ps.len()).collect();
    let at = |i: usize| ps.get(i).copied().unwrap_or(1.0);
    order.sort_by(|a, b| at(*a).total_cmp(&at(*b)));
    let mut raised = vec![1.0; ps.len()];
    let mut least: f64 = 0.0;
    let mut left = count(ps).unwrap_or_default();
    for i in order {
        least = least.max((at(i) * left).min(1.0));
        left -= 1.0;
        if let Some(p) = raised.get_mut(i) {
            *p = least;
        }
    }
    raised
}

/// The median with its 95 % interval, by ranks; `None` where there is nothing.
#[must_use]
pub fn median(values: &[i32]) -> Option<(i32, i32, i32)> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let n = sorted.len();
    let middle = n.checked_sub(1)? / 2;
    // 0.98 times the root of n ranks to either side.
    let reach = (n * 9604).isqrt() / 100 + 1;
    let at = |rank: usize| sorted.get(rank.min(n - 1)).copied();
    Some((at(middle)?, at(middle.saturating_sub(reach))?, at(middle + reach)?))
}

fn count<T>(values: &[T]) -> Option<f64> {
    u32::try_from(values.len()).ok().map(f64::from)
}

/// The chance that a normal value lies further out than `z` on either side.
fn two_sided(z: f64) -> f64 {
    // Abramowitz and Stegun 7.1.26; off by 1.5e-7 at most.
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    (series.into_iter().fold(0.0, |sum, c| sum * t + c) * t * (-x * x).exp()).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 2e-4
    }

    #[test]
    fn fisher_says_what_the_textbooks_say() {
        // The lady tasting tea, and a table of the method's own literature (Agresti 2002, section 3.5).
        assert!(near(fisher(3, 4, 1, 4), 0.4857));
        assert!(near(fisher(1, 10, 11, 14), 0.0028));
        assert!(near(fisher(5, 10, 5, 10), 1.0) && near(fisher(0, 0, 3, 5), 1.0));
        assert!(near(fisher(8, 20, 2, 20), 0.0648), "{}", fisher(8, 20, 2, 20));
    }

    #[test]
    fn ranks_tell_lots_apart_and_ties_do_not() {
        let slow: Vec<i32> = (100..130).collect();
        let fast: Vec<i32> = (60..90).collect();
        assert!(mann_whitney(&slow, &fast) < 1e-6);
        assert!((mann_whitney(&slow, &fast) - mann_whitney(&fast, &slow)).abs() < 1e-9);
        assert!(mann_whitney(&[5; 30], &[5; 30]) > 0.99);
        assert!(mann_whitney(&slow, &slow) > 0.9);
        assert!(near(mann_whitney(&[], &slow), 1.0));
    }

    #[test]
    fn many_tests_raise_no_alarm_together_that_one_would_not() {
        let raised = holm(&[0.01, 0.04, 0.03, 0.9]);
        assert!(near(raised[0], 0.04) && near(raised[1], 0.09) && near(raised[2], 0.09) && near(raised[3], 0.9));
    }

    #[test]
    fn the_median_lies_in_its_interval() {
        let values: Vec<i32> = (1..=101).collect();
        let (middle, low, high) = median(&values).unwrap();
        assert_eq!(middle, 51);
        assert!((38..46).contains(&low) && (57..65).contains(&high), "{low} {high}");
        assert_eq!(median(&[7]), Some((7, 7, 7)));
        assert_eq!(median(&[]), None);
    }
}
