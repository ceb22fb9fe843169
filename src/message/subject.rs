//! Subjects: the base subject without reply marks, and our ticket tag `[#123]`.

use crate::subject_marks::{Mark, mark};

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
    mark(subject.trim()).is_some_and(|(mark, _)| mark == Mark::Forward)
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
            ("R: I: Listino", "Listino"),
            ("RES: ENC: Pedido 5", "Pedido 5"),
            ("RV: RE: Precios", "Precios"),
            ("TR\u{a0}: RE : Import", "Import"),
            ("Rép\u{202f}: prix", "prix"),
            ("AW: WG: Preise", "Preise"),
            ("VB: SV: Priser", "Priser"),
            ("VS: VL: Hinnat", "Hinnat"),
            ("Odp: PD: Ceny", "Ceny"),
            ("YNT: İLT: Fiyat", "Fiyat"),
            ("Antw: Doorst: Prijs", "Prijs"),
            ("Vá: árak", "árak"),
            ("ΑΠ: ΠΡΘ: Τιμές", "Τιμές"),
            ("回复：转发：价格", "价格"),
            ("答复: 回覆: 轉寄: 價格", "價格"),
            ("返信: 転送: 価格", "価格"),
            ("R:x and i: y", "R:x and i: y"),
            ("r: packages", "r: packages"),
            ("Reset: password", "Reset: password"),
            ("Résumé: prix", "Résumé: prix"),
            ("Error: import failed", "Error: import failed"),
            ("НА: Отв.: Пересл: прайс", "прайс"),
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
        for subject in [
            "I: x",
            "ENC: x",
            "RV: x",
            "TR : x",
            "WG: x",
            "VB: x",
            "VL: x",
            "PD: x",
            "İLT: x",
            "Doorst: x",
            "转发: x",
            "轉寄：x",
            "転送: x",
        ] {
            assert!(is_forward(subject), "{subject}");
        }
        for subject in [
            "R: x",
            "RES: x",
            "RE : x",
            "答复：x",
            "返信: x",
            "i: x",
            "I:x",
        ] {
            assert!(!is_forward(subject), "{subject}");
        }
        assert!(!is_forward("Re: Fwd: x"));
        assert!(!is_forward("x"));
    }
}
