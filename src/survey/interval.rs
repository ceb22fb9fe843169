//! How sure a percentage is.

/// The 95 % Wilson score interval (Wilson 1927) of `successes` in `count`, in percent; `None` for
/// a count of zero. Unlike the textbook interval it is honest for small counts and near 0 and 100.
pub fn wilson(successes: u64, count: u64) -> Option<(f64, f64)> {
    // the 97.5th percentile of the normal distribution
    const Z: f64 = 1.959_963_984_540_054;
    if count == 0 {
        return None;
    }
    let n = count as f64;
    let p = successes.min(count) as f64 / n;
    let centre = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    let percent = |value: f64| (100.0 * value / scale).clamp(0.0, 100.0);
    Some((percent(centre - spread), percent(centre + spread)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_wilsons() {
        // 15 of 148 and 1 of 29: Newcombe 1998, table I; the others worked out by hand from the
        // formula, at the ends 0 of n is 100 z² / (n + z²)
        for (successes, count, low, high) in [
            (81, 263, 25.53, 36.62),
            (15, 148, 6.24, 16.05),
            (0, 20, 0.0, 16.11),
            (1, 29, 0.61, 17.18),
            (29, 29, 88.30, 100.0),
            (1, 1, 20.65, 100.0),
            (0, 1, 0.0, 79.35),
            (5, 10, 23.66, 76.34),
            (90, 100, 82.56, 94.48),
        ] {
            let (found_low, found_high) = wilson(successes, count).unwrap();
            let near = |a: f64, b: f64| (a - b).abs() < 0.006;
            assert!(
                near(found_low, low) && near(found_high, high),
                "{successes} of {count}: {found_low} to {found_high}"
            );
        }
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn more_answers_are_surer_and_both_sides_are_alike() {
        let width = |n: u64| wilson(n / 2, n).map(|(low, high)| high - low).unwrap();
        assert!(width(10) > width(100) && width(100) > width(1_000));
        let (low, high) = wilson(3, 17).unwrap();
        let (other_low, other_high) = wilson(14, 17).unwrap();
        assert!((100.0 - high - other_low).abs() < 1e-9);
        assert!((100.0 - low - other_high).abs() < 1e-9);
    }
}
