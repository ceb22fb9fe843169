//! The words of an agent's mail that a customer may read. Pure.
//!
//! What a mail quotes is cut off when it is read; here stands what is done where that fails, for
//! nothing of a notification may reach a customer.

use crate::message::Message;

/// The new words, without what the desk says in square brackets about the mail.
pub(super) fn own_words(message: &Message) -> String {
    let words = message.reply.strip_prefix(message.notice.as_str());
    words.unwrap_or(&message.reply).trim().to_owned()
}

/// What stands above the line of the notification, and whether it was that line that ended the
/// words: then what introduces the quote was not recognised, and may stand above the line too. `desk_address` is in lower case.
///
/// # Errors
/// When words stand below it, between what is quoted.
pub(super) fn above_line(
    desk_address: &str,
    words: &str,
    quoted: &str,
) -> Result<(String, bool), &'static str> {
    let is_line = |line: &str| line.contains("##-") && line.contains("-##");
    let lines: Vec<&str> = words.lines().collect();
    let above = match lines.iter().position(|line| is_line(line)) {
        Some(at) => {
            let (above, below) = lines.split_at(at);
            if answers_between(below) {
                return Err(
                    "there are words below the line, where the notification is quoted: write \
                     all of your answer above it",
                );
            }
            above
        }
        None if quoted
            .lines()
            .find(|line| !is_empty(line))
            .is_some_and(is_line) =>
        {
            &lines
        }
        None => return Ok((words.to_owned(), false)),
    };
    let above = without_empty_end(above);
    let last_gap = above.iter().rposition(|line| is_empty(line));
    let (before, last) = above.split_at(last_gap.map_or(0, |gap| gap + 1));
    let introduces = |line: &&str| line.to_lowercase().contains(desk_address);
    let above = if last.iter().any(introduces) {
        without_empty_end(before)
    } else {
        above
    };
    Ok((above.join("\n"), true))
}

/// Whether something that is not quoted stands below something that is.
fn answers_between(below: &[&str]) -> bool {
    let is_quoted = |line: &&str| line.trim_start().starts_with('>');
    let mut after = below.iter().skip_while(|line| !is_quoted(line));
    after.any(|line| !is_quoted(line) && !is_empty(line))
}

fn without_empty_end<'l>(lines: &'l [&'l str]) -> &'l [&'l str] {
    let end = lines.iter().rposition(|line| !is_empty(line));
    lines
        .get(..end.map_or(0, |last| last + 1))
        .unwrap_or_default()
}

fn is_empty(line: &str) -> bool {
    line.trim().is_empty()
}

/// The words without what they quote of the notification itself: an answer between quoted lines
/// keeps those that customers wrote. `theirs` is all that customers wrote, with single spaces.
pub(super) fn only_customers_quotes(words: &str, theirs: &str) -> String {
    let is_kept = |line: &&str| quoted(line).is_none_or(|core| theirs.contains(&core));
    let kept: Vec<&str> = words.lines().filter(is_kept).collect();
    kept.join("\n").trim().to_owned()
}

/// Whether a line quotes something.
pub(super) fn has_quotes(words: &str) -> bool {
    words.lines().any(|line| quoted(line).is_some())
}

/// What a line quotes, with single spaces.
fn quoted(line: &str) -> Option<String> {
    let core = line.trim_start().strip_prefix('>')?;
    let core = core.trim_start_matches(['>', ' ']);
    Some(core.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The agent's own address, in a signature for instance, becomes the desk's.
pub(super) fn without_address(words: &str, own: &str, desk_address: &str) -> String {
    let own = own.to_ascii_lowercase();
    // ASCII alone changes, so that places stay the same
    let lower = words.to_ascii_lowercase();
    let mut out = String::new();
    let mut done = 0;
    for (at, found) in lower.match_indices(&own) {
        out.push_str(words.get(done..at).unwrap_or_default());
        out.push_str(desk_address);
        done = at + found.len();
    }
    out.push_str(words.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESK: &str = "support@example.com";
    const LINE: &str = "##- Please type your reply above this line -##";

    #[test]
    fn what_stands_above_the_line_is_the_answer() {
        let plain = |words: &str| above_line(DESK, words, "").unwrap();
        assert_eq!(
            plain("Hello,\n\nit works."),
            ("Hello,\n\nit works.".into(), false)
        );
        for (words, above) in [
            (format!("It works.\n\n{LINE}\nNew request"), "It works."),
            (format!("It works.\n\n> {LINE}\n> New request"), "It works."),
            (
                format!("It works.\n\nAnna\n\nZapis od Support <{DESK}>:\n{LINE}\nNew"),
                "It works.\n\nAnna",
            ),
            (
                format!(
                    "It works.\n\nOdesilatel: Support <SUPPORT@example.com>\nKomu: Anna\n\n{LINE}"
                ),
                "It works.",
            ),
            (format!("It works.\n{DESK} wrote:\n{LINE}\nNew"), ""),
            (format!("{LINE}\nNew request"), ""),
        ] {
            assert_eq!(plain(&words), (above.to_owned(), true), "{words:?}");
        }
        // the reader saw the line, and not who is said to have written what is below it
        let words = format!("It works.\n\nZapis od Support <{DESK}>");
        let found = above_line(DESK, &words, &format!("\n{LINE}\nNew request"));
        assert_eq!(found, Ok(("It works.".to_owned(), true)));
        let between = format!("Hello,\n> {LINE}\n> Where is it?\nOn its way.");
        assert!(above_line(DESK, &between, "").is_err());
    }

    #[test]
    fn the_line_of_every_language_ends_the_words_when_a_mail_is_read() {
        for template in [
            include_str!("../../../templates/en/notification.txt"),
            include_str!("../../../templates/ru/notification.txt"),
            include_str!("../../../templates/uk/notification.txt"),
        ] {
            let line = template.lines().find(|line| line.starts_with("##-"));
            let line = line.expect("a line to write above");
            let text = format!("It works.\n\n{line}\n\nNew request #1\n");
            assert_eq!(
                crate::message::reply_text::split(&text, false).reply,
                "It works."
            );
            assert_eq!(
                above_line(DESK, &text, ""),
                Ok(("It works.".to_owned(), true))
            );
        }
    }

    #[test]
    fn quotes_of_customers_stay_and_those_of_the_notification_go() {
        let words = "> New request #1 from Ivan <ivan@shop.example>\n> Where is  my order?\n\n\
                     On its way.\n> -- \n> Answer this mail";
        assert!(has_quotes(words) && !has_quotes("a > b"));
        assert_eq!(
            only_customers_quotes(words, "Hello. Where is my order? "),
            "> Where is  my order?\n\nOn its way."
        );
    }

    #[test]
    fn the_agents_address_becomes_the_desks() {
        assert_eq!(
            without_address(
                "Ёлка: Anna@Example.com, anna@example.com.",
                "anna@example.com",
                DESK
            ),
            "Ёлка: support@example.com, support@example.com."
        );
        assert_eq!(
            without_address("nothing", "anna@example.com", DESK),
            "nothing"
        );
    }
}
