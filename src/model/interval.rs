//! How far a share may be trusted.

/// Share with Wilson's 95 % interval; all zero where there is nothing to share.
#[must_use]
pub fn wilson(part: u64, whole: u64) -> (f64, f64, f64) {
    if whole == 0 {
        return (0.0, 0.0, 0.0);
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of rows are far below 2^52")]
    let (k, n) = (part as f64, whole as f64);
    let (p, z) = (k / n, 1.96_f64);
    let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    (p, (middle - half).max(0.0), (middle + half).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_hold_the_share() {
        let (p, low, high) = wilson(9, 10);
        assert!(low < p && p < high && low > 0.55 && high < 0.99);
        assert_eq!(wilson(0, 0), (0.0, 0.0, 0.0));
    }
}
