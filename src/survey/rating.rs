//! The rating in a mail that answers a survey.
//!
//! A rating is counted into somebody's percentage, so a number that is not clearly one is left
//! to people: "5", "5 - great", "Оценка: 4", "4/5" are ratings; "500", "15 minutes", "5 минут",
//! "4.5", "5:30" are not.

use std::ops::RangeInclusive;

/// Words that may stand before the digit.
const LEADS: &str = "\
    моя оценка оцінка ставлю даю балл бал ответ відповідь вам \
    my the rating score mark answer is i give rate it you";

/// Words that make the digit before them a count of something else.
const UNITS: &str = "\
    сек секунд секунды мин минут минуты минуту минутах час часа часов часу день дня дней недель \
    недели неделю месяц месяца месяцев год года лет раз раза шт штук тыс тысяч руб рублей письмо \
    письма писем человек человека товара товаров заказа заказов \
    секунди хв хвилин хвилини хвилину годин години годину дні днів тиждень тижні тижнів місяці \
    місяців роки років рази разів грн гривень листа листи листів людей товари товарів замовлення \
    замовлень \
    sec secs second seconds min mins minute minutes h hour hours day days week weeks month months \
    year years time times pcs item items order orders mail mails email emails people";

/// The rating and the comment of a mail that came to a survey's address.
///
/// The subject is looked at first (a tapped `mailto:` link says "5 - Excellent"; then the whole
/// text is the comment), then the first line of the text that is not empty. `None` when neither
/// begins with a rating: then it is a mail like any other.
pub fn score_from_mail(subject: &str, reply_text: &str) -> Option<(u8, String)> {
    number_from_mail(1..=5, subject, reply_text)
}

/// As [`score_from_mail`] on another scale: 0 to 10, say. Its end is at most 99.
pub fn number_from_mail(
    scale: RangeInclusive<u8>,
    subject: &str,
    reply_text: &str,
) -> Option<(u8, String)> {
    let in_text = from_text(&scale, reply_text);
    match from_line(&scale, subject) {
        None => in_text,
        // the digit may stand in both: then it is no comment
        Some((score, _)) => match in_text {
            Some((same, comment)) if same == score => Some((score, comment)),
            _ => Some((score, reply_text.trim().to_owned())),
        },
    }
}

fn from_text(scale: &RangeInclusive<u8>, text: &str) -> Option<(u8, String)> {
    let text = text.trim_start();
    let (line, more) = text.split_once('\n').unwrap_or((text, ""));
    if is_list(line, more) {
        return None;
    }
    let (score, rest) = from_line(scale, line)?;
    let comment = format!("{}\n{}", rest.trim_end(), more.trim_end());
    Some((score, comment.trim().to_owned()))
}

/// A rating at the start of a line, and what follows it.
fn from_line<'t>(scale: &RangeInclusive<u8>, line: &'t str) -> Option<(u8, &'t str)> {
    let line = skip_leads(line);
    let digits = line.bytes().take_while(u8::is_ascii_digit).take(2).count();
    let (number, rest) = line.split_at_checked(digits)?;
    let is_plain = number.len() == 1 || !number.starts_with('0');
    let score = number.parse().ok().filter(|_| is_plain)?;
    if !scale.contains(&score) {
        return None;
    }
    // U+FE0F and U+20E3 make a keycap of a digit
    let rest = rest.trim_start_matches(['\u{FE0F}', '\u{20E3}']);
    if let Some(end) = end_of_scale(rest) {
        let top = scale.end().to_string();
        let after = end.strip_prefix(&*top).filter(|after| is_whole(after))?;
        return Some((score, skip_separator(after)));
    }
    let glued = rest.chars().next();
    if glued.is_some_and(|c| c.is_alphanumeric() || "%$€£₽₴°@#№&=<>^~|\\".contains(c)) {
        return None;
    }
    let rest = skip_separator(rest);
    let word = rest.split_whitespace().next().unwrap_or_default();
    let goes_on = word.starts_with(|c: char| c.is_numeric());
    let word = word.trim_end_matches(|c: char| !c.is_alphanumeric());
    let counts_something = is_among(UNITS, word);
    (!counts_something && !goes_on).then_some((score, rest))
}

/// Skips quote marks and asterisks, then words like "Оценка:".
fn skip_leads(line: &str) -> &str {
    let marks = |c: char| c.is_whitespace() || "*_\"'«“”„([".contains(c);
    let mut rest = line.trim_start_matches(marks);
    for _ in 0..5 {
        let end = rest
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if !is_among(LEADS, word) {
            break;
        }
        rest = after.trim_start_matches(|c: char| c.is_whitespace() || ":=-–—".contains(c));
    }
    rest.trim_start_matches(marks)
}

fn is_among(words: &str, word: &str) -> bool {
    let word = word.to_lowercase();
    words.split_whitespace().any(|known| known == word)
}

/// The end of a scale, where one follows: "5" of "/5", "из 5", "з 5", "out of 5".
fn end_of_scale(rest: &str) -> Option<&str> {
    let rest = rest.trim_start();
    let words = ["из ", "з ", "із ", "of ", "out of "];
    if let Some(end) = words.into_iter().find_map(|word| rest.strip_prefix(word)) {
        return Some(end.trim_start());
    }
    let end = rest.strip_prefix('/')?.trim_start();
    end.starts_with(char::is_numeric).then_some(end)
}

/// Whether a number ends before `after`.
fn is_whole(after: &str) -> bool {
    let mut next = after.chars();
    match next.next() {
        Some('.' | ',') => !next.next().is_some_and(char::is_numeric),
        Some('/') => false,
        Some(c) => !c.is_alphanumeric(),
        None => true,
    }
}

fn skip_separator(rest: &str) -> &str {
    // "5) good" has a bracket of the number; "5)))" smiles
    let rest = match rest.strip_prefix(')') {
        Some(after) if !after.starts_with(')') => after,
        _ => rest,
    };
    rest.trim_start_matches(|c: char| c.is_whitespace() || "-–—.,:;!+*_\"'»”]/".contains(c))
}

/// Whether the text is a numbered list: "1) ..." and later "2) ...".
fn is_list(line: &str, more: &str) -> bool {
    [')', '.'].into_iter().any(|mark| {
        line.starts_with(&format!("1{mark}"))
            && more
                .lines()
                .any(|line| line.trim_start().starts_with(&format!("2{mark}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<(u8, String)> {
        score_from_mail("Re: [#5] 5 товаров не ищется", text)
    }

    #[test]
    fn reads_a_rating_however_people_write_it() {
        for (written, score, comment) in [
            ("5", 5, ""),
            ("\n\n  4  \n", 4, ""),
            ("5 - отлично", 5, "отлично"),
            ("5 — дуже добре!\nДякую", 5, "дуже добре!\nДякую"),
            ("5 отлично )))", 5, "отлично )))"),
            ("5)))", 5, ")))"),
            ("5) good", 5, "good"),
            ("5!", 5, ""),
            ("5+", 5, ""),
            ("Оценка: 4", 4, ""),
            ("Моя оцінка - 3, довго чекав", 3, "довго чекав"),
            ("ставлю 5", 5, ""),
            ("My rating is 2. Slow.", 2, "Slow."),
            ("4/5", 4, ""),
            ("4 / 5 fine", 4, "fine"),
            ("4 из 5. Спасибо", 4, "Спасибо"),
            ("3 out of 5", 3, ""),
            ("*5* great", 5, "great"),
            ("«1» ужасно", 1, "ужасно"),
            ("5\u{FE0F}\u{20E3}", 5, ""),
            ("1. Никто не помог", 1, "Никто не помог"),
            ("5 / спасибо", 5, "спасибо"),
            ("5 разобрались за день", 5, "разобрались за день"),
            ("5, спасибо за 10 минут", 5, "спасибо за 10 минут"),
        ] {
            assert_eq!(
                text(written),
                Some((score, comment.to_owned())),
                "{written:?}"
            );
        }
    }

    #[test]
    fn leaves_other_numbers_to_people() {
        for written in [
            "",
            "спасибо",
            "500",
            "15 minutes",
            "5 минут ждал",
            "3 дня без ответа",
            "5 min ago",
            "0",
            "6",
            "-5",
            "4.5",
            "4,5",
            "5:30",
            "5.12.2026",
            "5-10 раз",
            "5%",
            "5$",
            "5th",
            "5й",
            "#5",
            "№5",
            "4/10",
            "5 из 10",
            "5 из них",
            "4/5.5",
            "4/5/2026",
            "5 минут, и всё",
            "5 of 50",
            "Здравствуйте! 5",
            "Order 5",
            "1 000",
            "1) поиск\n2) импорт",
            "1. a\nb\n2. c",
            "٥",
        ] {
            assert_eq!(text(written), None, "{written:?}");
        }
    }

    #[test]
    fn a_scale_of_eleven_is_read_alike() {
        let read = |written| number_from_mail(0..=10, "Re: 7 дней", written);
        for (written, score, comment) in [
            ("0", 0, ""),
            ("10", 10, ""),
            ("10/10", 10, ""),
            ("9 из 10, всё нравится", 9, "всё нравится"),
            ("8 - дорого", 8, "дорого"),
            ("7\n\nдолго", 7, "долго"),
            ("Ставлю 10!", 10, ""),
            ("1\u{FE0F}\u{20E3}", 1, ""),
        ] {
            let found = Some((score, comment.to_owned()));
            assert_eq!(read(written), found, "{written:?}");
        }
        for written in [
            "11",
            "100",
            "05",
            "00",
            "-1",
            "10%",
            "10 лет с вами",
            "9/5",
            "9,5",
            "10:30",
            "1 0",
            "10-12",
            "10th",
            "спасибо",
        ] {
            assert_eq!(read(written), None, "{written:?}");
        }
        let tapped = number_from_mail(0..=10, "10/10", "спасибо");
        assert_eq!(tapped, Some((10, "спасибо".to_owned())));
    }

    #[test]
    fn a_tapped_link_speaks_in_the_subject() {
        for subject in ["5 - Отлично", "5", "5 - Excellent [s:25-abcdefghijklmnop]"] {
            assert_eq!(
                score_from_mail(subject, ""),
                Some((5, String::new())),
                "{subject:?}"
            );
        }
        let words = |text| score_from_mail("2 - Погано", text);
        assert_eq!(words("Довго :("), Some((2, "Довго :(".to_owned())));
        assert_eq!(words("2 дні чекав"), Some((2, "2 дні чекав".to_owned())));
        assert_eq!(words("2\nдовго"), Some((2, "довго".to_owned())));
        assert_eq!(words("5 раз писал"), Some((2, "5 раз писал".to_owned())));
        assert_eq!(score_from_mail("Re: [#5] 5", "thanks"), None);
        assert_eq!(score_from_mail("5 товаров не ищется", "помогите"), None);
    }

    #[test]
    fn any_text_is_read_in_linear_time_without_a_panic() {
        let started = std::time::Instant::now();
        for unit in [
            "5", "5 ", "моя ", "*", ")", "\n", "/5", "5\n1)", "\u{20E3}", "é",
        ] {
            let text = unit.repeat(500_000);
            let _ = score_from_mail(&text, &text);
            let _ = score_from_mail("5", &format!("1){text}"));
        }
        // quadratic code would take minutes here
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
