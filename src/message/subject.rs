//! Subjects: the base subject without reply marks, and our ticket tag `[#123]`.

/// Reply and forward marks of mailers in the languages that we meet, lower case.
const MARKS: &[(&str, bool)] = &[
    ("re", false),
    ("ответ", false),
    ("отв", false),
    ("відп", false),
    ("відповідь", false),
    ("aw", false),
    ("antw", false),
    ("antwort", false),
    ("sv", false),
    ("vs", false),
    ("rif", false),
    ("odp", false),
    ("ynt", false),
    ("fwd", true),
    ("fw", true),
    ("пересл", true),
    ("пересылка", true),
    ("пер", true),
    ("переслано", true),
    ("перенаправлено", true),
    ("fwd.", true),
    ("wg", true),
    ("vb", true),
    ("tr", true),
    ("rv", true),
    ("vl", true),
    ("doorst", true),
    ("pd", true),
];

/// The ticket number of the first tag `[#123]`, if there is one.
pub fn ticket_tag(subject: &str) -> Option<i64> {
    tag(subject).map(|(_, number, _)| number)
}

/// The subject without reply and forward marks, without our tag, with single spaces.
pub fn base(subject: &str) -> String {
    let mut text = subject.to_owned();
    while let Some((before, _, after)) = tag(&text) {
        text = format!("{before} {after}");
    }
    let mut rest = text.trim();
    while let Some((_, tail)) = mark(rest) {
        rest = tail;
    }
    rest.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the outermost mark is one of a forwarded mail.
pub fn is_forward(subject: &str) -> bool {
    mark(subject.trim()).is_some_and(|(is_forward, _)| is_forward)
}

/// Whether the subject starts with a reply or forward mark: an answer, not a first mail.
pub fn has_mark(subject: &str) -> bool {
    mark(subject.trim()).is_some()
}

/// The first tag, with what stands before and after it.
fn tag(subject: &str) -> Option<(&str, i64, &str)> {
    for (at, _) in subject.match_indices("[#") {
        let (before, rest) = subject.split_at_checked(at)?;
        let (digits, after) = rest.strip_prefix("[#").and_then(|r| r.split_once(']'))?;
        let is_number =
            (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        if is_number
            && let Ok(number) = digits.parse::<i64>()
            && number > 0
        {
            return Some((before, number, after));
        }
    }
    None
}

/// A mark at the start, such as `Re:`, `RE[2]:`, `Re^3:` or `Fwd :`, and the rest.
fn mark(subject: &str) -> Option<(bool, &str)> {
    let end = subject.find([':', '：'])?;
    let (head, rest) = subject.split_at_checked(end)?;
    let word: String = head.trim().to_lowercase();
    // counters: [2], (2), ^2, *2
    let word = word
        .trim_end_matches([']', ')'])
        .trim_end_matches(|c: char| c.is_ascii_digit());
    let word = word.trim_end_matches(['[', '(', '^', '*']).trim();
    let found = MARKS.iter().find(|(mark, _)| *mark == word)?;
    Some((found.1, rest.trim_start_matches([':', '：']).trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_subjects() {
        for (subject, expected) in [
            ("Re: Не работает импорт", "Не работает импорт"),
            ("RE: RE: FW: order 5", "order 5"),
            ("Re[2]: прайс", "прайс"),
            ("Re^3: прайс", "прайс"),
            ("Ответ: Re: прайс", "прайс"),
            ("Відп: [#12] Пошук", "Пошук"),
            ("AW: SV: Preis", "Preis"),
            ("Re: [#123] Export   stopped", "Export stopped"),
            ("[#1] [#2]", ""),
            ("Fwd：x", "x"),
            ("Error: import failed", "Error: import failed"),
            ("На складе: пусто", "На складе: пусто"),
            ("", ""),
        ] {
            assert_eq!(base(subject), expected, "{subject}");
        }
    }

    #[test]
    fn tags() {
        for (subject, expected) in [
            ("Re: [#123] x", Some(123)),
            ("x [#7]", Some(7)),
            ("[#] [#12a] [#9]", Some(9)),
            ("[#0]", None),
            ("[#-5]", None),
            ("[#99999999999999999999]", None),
            ("#123", None),
            ("[# 1]", None),
            ("[#1", None),
        ] {
            assert_eq!(ticket_tag(subject), expected, "{subject}");
        }
    }

    #[test]
    fn forwards() {
        assert!(is_forward("Fwd: Re: x"));
        assert!(is_forward("Пересл: x"));
        assert!(!is_forward("Re: Fwd: x"));
        assert!(!is_forward("x"));
    }
}
