//! How sure a net promoter score is.

/// The 97.5th percentile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;
/// Halvings of a span of at most 2: the ends are exact to 1e-12.
const HALVINGS: usize = 41;

/// The 95 % score interval of `100 * (promoters - detractors) / count`, from -100 to 100; `None` for
/// a count of zero.
///
/// Promoters and detractors exclude each other, so their shares are those of the two discordant
/// pairs of a paired sample, and the interval is Tango's ("Equivalence test and confidence interval
/// for the difference in proportions for the paired-sample design", Statistics in Medicine 17,
/// 1998, 891-908): all differences that a score test at 5 % does not reject. It is to this
/// difference what Wilson's interval is to a single percentage. The usual interval (Wald's) is too
/// narrow for few answers, and of no width at all when all are promoters; see Rocks, "Interval
/// Estimation for the Net Promoter Score", The American Statistician 70, 2016, 365-372.
pub fn interval(promoters: u64, detractors: u64, count: u64) -> Option<(f64, f64)> {
    if count == 0 {
        return None;
    }
    let (b, c, n) = (promoters as f64, detractors as f64, count as f64);
    let found = ((b - c) / n).clamp(-1.0, 1.0);
    // what is rejected lies outside: the statistic falls from one end to the other
    let end = |outside: f64, limit: f64| {
        let (mut inside, mut outside) = (found, outside);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(inside, outside);
            if (statistic(b, c, n, middle) - limit) * limit > 0.0 {
                outside = middle;
            } else {
                inside = middle;
            }
        }
        100.0 * f64::midpoint(inside, outside)
    };
    Some((end(-1.0, Z), end(1.0, -Z)))
}

/// Tango's statistic for a true difference: the distance of the found one from it in standard
/// errors, with the share of detractors that is likeliest under that difference.
fn statistic(b: f64, c: f64, n: f64, difference: f64) -> f64 {
    let distance = b - c - n * difference;
    let linear = (2.0 * n - b + c) * difference - b - c;
    let constant = -c * difference * (1.0 - difference);
    let root = (linear * linear - 8.0 * n * constant).max(0.0).sqrt();
    let share = ((root - linear) / (4.0 * n)).max(0.0);
    let variance = n * (2.0 * share + difference * (1.0 - difference));
    if distance == 0.0 {
        return 0.0;
    }
    distance / variance.max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::interval::wilson;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn where_the_score_test_has_a_closed_form_the_interval_is_that() {
        let z2 = Z * Z;
        for n in [1, 2, 3, 10, 100, 10_000] {
            let count = n as f64;
            // all promoters: (n - z²) / (n + z²) by solving the statistic for z
            let (low, high) = interval(n, 0, n).unwrap();
            assert!(near(low, 100.0 * (count - z2) / (count + z2)), "{n}: {low}");
            assert!(near(high, 100.0), "{n}: {high}");
            // passives alone: z² / (n + z²) to both sides
            let (low, high) = interval(0, 0, n).unwrap();
            let end = 100.0 * z2 / (count + z2);
            assert!(near(low, -end) && near(high, end), "{n}: {low} to {high}");
        }
        // without detractors the upper end is Wilson's of the promoters
        for (promoters, n) in [(1, 3), (5, 10), (40, 100), (81, 263)] {
            let (_, high) = interval(promoters, 0, n).unwrap();
            let (_, wilsons) = wilson(promoters, n).unwrap();
            assert!(near(high, wilsons), "{promoters} of {n}: {high}");
        }
        assert_eq!(interval(0, 0, 0), None);
    }

    #[test]
    fn it_holds_the_score_narrows_with_answers_and_is_the_same_from_both_sides() {
        for n in 1..=25_u64 {
            for promoters in 0..=n {
                for detractors in 0..=n - promoters {
                    let (low, high) = interval(promoters, detractors, n).unwrap();
                    let score = 100.0 * (promoters as f64 - detractors as f64) / n as f64;
                    let what = format!("{promoters}, {detractors} of {n}: {low} to {high}");
                    assert!(low <= score + 1e-9 && score <= high + 1e-9, "{what}");
                    assert!(-100.0 <= low && high <= 100.0 && low < high, "{what}");
                    let (other_low, other_high) = interval(detractors, promoters, n).unwrap();
                    assert!(near(low, -other_high) && near(high, -other_low), "{what}");
                    let (more_low, more_high) = interval(4 * promoters, 4 * detractors, 4 * n)
                        .map(|(low, high)| (low - 1e-6, high + 1e-6))
                        .unwrap();
                    assert!(more_high - more_low < high - low, "{what}");
                }
            }
        }
    }

    /// The chance that the interval of a sample of `n` holds the true score, summed over all samples.
    fn coverage(n: u64, promoter: f64, detractor: f64) -> f64 {
        let truth = 100.0 * (promoter - detractor);
        let log_factorial = |k: u64| (1..=k).map(|i| (i as f64).ln()).sum::<f64>();
        let power = |share: f64, k: u64| if k == 0 { 0.0 } else { k as f64 * share.ln() };
        let mut total = 0.0;
        for b in 0..=n {
            for c in 0..=n - b {
                let (low, high) = interval(b, c, n).unwrap();
                if low <= truth && truth <= high {
                    let rest = n - b - c;
                    let ways = log_factorial(n)
                        - log_factorial(b)
                        - log_factorial(c)
                        - log_factorial(rest);
                    let chance = power(promoter, b)
                        + power(detractor, c)
                        + power(1.0 - promoter - detractor, rest);
                    total += (ways + chance).exp();
                }
            }
        }
        total
    }

    #[test]
    fn it_holds_the_true_score_in_95_of_100_samples() {
        let mut mean = 0.0;
        let truths = [
            (0.5, 0.2),
            (0.7, 0.1),
            (0.33, 0.33),
            (0.2, 0.6),
            (0.9, 0.05),
        ];
        for n in [5, 10, 30, 80] {
            for (promoter, detractor) in truths {
                let covered = coverage(n, promoter, detractor);
                assert!(covered > 0.92, "{n}, {promoter}, {detractor}: {covered}");
                mean += covered / (4 * truths.len()) as f64;
            }
        }
        assert!((0.945..0.97).contains(&mean), "{mean}");
    }
}
