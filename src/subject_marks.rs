//! The words before a colon by which mail programs mark a subject as an answer or a forward.

/// What such a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `Re:` and its like.
    Reply,
    /// `Fwd:` and its like.
    Forward,
}

/// Reply marks of mailers in the languages that we meet, lower case. `НА:` is Outlook's in Russian. `VS:` is "vastaus" in Finnish
/// and "videresendt" in Danish and Norwegian; as a reply nothing in it is taken for another mail.
#[rustfmt::skip]
const REPLIES: &[&str] = &[
    "re", "ответ", "отв", "на", "відп", "відповідь", "aw", "antw", "antwort", "rép", "réponse",
    "rif", "res", "odp", "odpověď", "odpowiedź", "sv", "svar", "vs", "ynt", "yanıt", "vá", "válasz",
    "απ", "σχετ", "השב", "תשובה", "回复", "答复", "回覆", "答覆", "回信", "返信", "답장", "회신",
];
/// The same for mails passed on.
#[rustfmt::skip]
const FORWARDS: &[&str] = &[
    "fwd", "fw", "пересл", "пересылка", "пер", "переслано", "перенаправлено", "wg", "tr",
    "rv", "reenv", "enc", "pd", "přep", "doorst", "vb", "vl", "ilt", "i\u{307}lt",
    "továbbítás", "πρθ", "הועבר", "转发", "轉寄", "轉發", "転送", "전달",
];
/// The letters of Outlook in Italian, risposta and inoltro. Smaller ones, or without a space behind
/// the colon, are someone's own.
const LETTERS: &[(&str, Mark)] = &[("R", Mark::Reply), ("I", Mark::Forward)];

/// A mark at the start, such as `Re:`, `RE[2]:`, `Re^3:` or `Fwd :`, and the rest.
pub fn mark(subject: &str) -> Option<(Mark, &str)> {
    let (head, rest) = subject.split_once([':', '：'])?;
    let rest = rest.trim_start_matches([':', '：']);
    let word = head.trim();
    let letter = LETTERS.iter().find(|(letter, _)| *letter == word);
    if let Some((_, mark)) = letter {
        let is_apart = rest.starts_with(char::is_whitespace);
        return is_apart.then_some((*mark, rest.trim_start()));
    }
    // counters: [2], (2), ^2, *2
    let word = word.to_lowercase();
    let word = word
        .trim_end_matches([']', ')'])
        .trim_end_matches(|c: char| c.is_ascii_digit());
    let word = word.trim_end_matches(['[', '(', '^', '*']).trim();
    let word = word.strip_suffix('.').unwrap_or(word);
    let mark = match (REPLIES.contains(&word), FORWARDS.contains(&word)) {
        (true, _) => Mark::Reply,
        (_, true) => Mark::Forward,
        _ => return None,
    };
    Some((mark, rest.trim_start()))
}
