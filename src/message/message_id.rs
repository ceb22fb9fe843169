//! Message-IDs as the fields Message-ID, In-Reply-To, References and Content-ID hold them
//! (RFC 5322 section 3.6.4).

/// No id in use is longer; a line could not be.
const LONGEST: usize = 998;
/// References beyond this many are dropped between the first and the newest.
pub const MOST_REFERENCES: usize = 200;

/// Every id of a value, in order, without brackets and without repetition; at most
/// [`MOST_REFERENCES`]: the first and the newest. The flag tells that some were dropped.
pub fn all(value: &str) -> (Vec<String>, bool) {
    let mut ids = bracketed(value);
    if ids.is_empty() {
        // old mailers left the brackets out
        ids = value
            .split([' ', ',', '\t'])
            .filter(|word| word.contains('@'))
            .filter_map(usable)
            .collect();
    }
    let mut seen = std::collections::HashSet::new();
    ids.retain(|id| seen.insert(id.clone()));
    let is_over = ids.len() > MOST_REFERENCES;
    if is_over {
        ids.drain(1..ids.len() - (MOST_REFERENCES - 1));
    }
    (ids, is_over)
}

/// The first id of a value: `<id>`, or the bare word that some mailers write.
pub fn first(value: &str) -> Option<String> {
    bracketed(value).into_iter().next().or_else(|| {
        let bare = value.trim();
        (!bare.contains(char::is_whitespace))
            .then(|| usable(bare))
            .flatten()
    })
}

fn bracketed(value: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for piece in value.split('<').skip(1) {
        if let Some((id, _)) = piece.split_once('>') {
            ids.extend(usable(id));
        }
    }
    ids
}

/// An id that may be stored, compared and written into a header again.
fn usable(id: &str) -> Option<String> {
    // folding puts white space into long ids
    let id: String = id.chars().filter(|c| !c.is_whitespace()).collect();
    let is_odd = |c: char| c.is_control() || matches!(c, '<' | '>');
    (!id.is_empty() && id.len() <= LONGEST && !id.contains(is_odd)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_mailers_write() {
        for (value, expected) in [
            ("<a@b>", vec!["a@b"]),
            ("<a@b> <c@d>", vec!["a@b", "c@d"]),
            ("<a@b><c@d>\t<a@b>", vec!["a@b", "c@d"]),
            ("<a@ b>", vec!["a@b"]),
            ("a@b c@d", vec!["a@b", "c@d"]),
            ("Your message of Monday <a@b>", vec!["a@b"]),
            ("<no-at-sign-123>", vec!["no-at-sign-123"]),
            ("<> <", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(all(value).0, expected, "{value}");
        }
        assert_eq!(first("bare@id"), Some("bare@id".to_owned()));
        assert_eq!(first("two words"), None);
        assert_eq!(first(&format!("<{}>", "x".repeat(999))), None);
    }

    #[test]
    fn a_long_thread_keeps_its_first_and_its_newest() {
        let value: String = (0..500).map(|n| format!("<{n}@x> ")).collect();
        let (ids, is_over) = all(&value);
        assert!(is_over);
        assert_eq!(ids.len(), 200);
        assert_eq!(ids.first().map(String::as_str), Some("0@x"));
        assert_eq!(ids.get(1).map(String::as_str), Some("301@x"));
        assert_eq!(ids.last().map(String::as_str), Some("499@x"));
    }
}
