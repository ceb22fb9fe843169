//! Durations and sizes with their units.

use std::time::Duration;

/// Reads a duration such as `"20m"` or `"1h30m"`.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = Duration::ZERO;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, tail) = rest.split_at(digits);
        let unit_end = tail
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let number: u64 = number.parse().ok()?;
        let seconds = |factor: u64| number.checked_mul(factor).map(Duration::from_secs);
        let part = match unit.trim() {
            "ms" => Duration::from_millis(number),
            "s" => Duration::from_secs(number),
            "m" => seconds(60)?,
            "h" => seconds(3600)?,
            "d" => seconds(86_400)?,
            _ => return None,
        };
        total = total.checked_add(part)?;
        rest = tail;
    }
    // beyond ten years something else was meant, and clock arithmetic stays safe
    (total <= Duration::from_secs(3_660 * 86_400)).then_some(total)
}

/// Reads a size in bytes such as `"25MiB"`.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: u64 = match unit.trim() {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "KiB" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes() {
        assert_eq!(parse_duration("1h30m"), Some(Duration::from_secs(5400)));
        assert_eq!(parse_duration("0s"), Some(Duration::ZERO));
        assert_eq!(parse_size("25MiB"), Some(25 << 20));
        for bad in [
            "",
            "5",
            "m",
            "5 weeks",
            "-1s",
            "99999999999999999999d",
            "5m5",
        ] {
            assert_eq!(parse_duration(bad), None, "{bad:?}");
        }
        for bad in ["", "x", "1.5MiB", "99999999999GiB"] {
            assert_eq!(parse_size(bad), None, "{bad:?}");
        }
    }
}
