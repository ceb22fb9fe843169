//! Where links lead, as text.

use super::cut;

/// Beyond this many links of one part only their words are shown.
pub(super) const MOST_LINKS: usize = 1_000;
/// The longest target that is shown whole, in bytes.
pub(super) const LONGEST_TARGET: usize = 2_048;

/// Targets that are worth showing. Others do something in a page, and nothing in a text.
const SCHEMES: &[&str] = &["http://", "https://", "mailto:", "tel:", "ftp://"];

/// The target of a link as it is shown, and whether it was cut; `None` when it leads nowhere.
pub(super) fn target(href: &str) -> Option<(String, bool)> {
    // a browser drops line ends and tabs from the inside, too
    let is_odd = |c: char| c.is_ascii_control();
    let trimmed = href.trim_matches(|c: char| c <= ' ');
    let whole = if trimmed.contains(is_odd) {
        trimmed.replace(is_odd, "")
    } else {
        trimmed.to_owned()
    };
    let head = cut(&whole, 8).to_ascii_lowercase();
    if !SCHEMES.iter().any(|scheme| head.starts_with(scheme)) {
        return None;
    }
    if whole.len() <= LONGEST_TARGET {
        return Some((whole, false));
    }
    Some((format!("{}…", cut(&whole, LONGEST_TARGET)), true))
}

/// Whether the words of a link already say where it leads.
pub(super) fn says(shown: &str, target: &str) -> bool {
    // words that say it are as long as it, about; longer ones are not compared again and again
    shown.len() < 2 * LONGEST_TARGET && bare(shown) == bare(target)
}

fn bare(text: &str) -> String {
    let text = text.trim().to_lowercase();
    if let Some(address) = text.strip_prefix("mailto:") {
        return address.split('?').next().unwrap_or_default().to_owned();
    }
    if let Some(number) = text.strip_prefix("tel:") {
        return digits(number);
    }
    if text.starts_with('+') {
        return digits(&text);
    }
    text.trim_start_matches("https://")
        .trim_start_matches("http://")
        .trim_start_matches("www.")
        .trim_end_matches('/')
        .to_owned()
}

/// `+7 (495) 123-45-67` is `tel:+74951234567`.
fn digits(number: &str) -> String {
    let is_gap = |c: &char| !c.is_whitespace() && !matches!(c, '(' | ')' | '-');
    number.chars().filter(is_gap).collect()
}
