//! What holds of every input. The fuzzer searches for one that breaks it; a test repeats what the
//! fuzzer has tried (`tests/fuzz_corpus.rs`).
#![allow(dead_code)]

use maildesk::message::{self, Message, html, reply_text};

/// A mail of any bytes is read, and what is shown of it is safe to show.
pub fn parse(data: &[u8]) {
    let message = message::read(data);
    is_tame(&message);
    for (index, attachment) in message.attachments.iter().enumerate().take(20) {
        let bytes = message::attachment_bytes(data, index).expect("a listed attachment has bytes");
        assert_eq!(bytes.len() as u64, attachment.size, "{}", attachment.name);
        let name = &attachment.name;
        let is_path = name.contains(['/', '\\', '\0']) || name == "." || name == "..";
        assert!(!name.is_empty() && !is_path, "{name:?}");
    }
    assert!(message::attachment_bytes(data, message.attachments.len()).is_none());
}

/// Any bytes as the value of a field, the field by the first byte.
pub fn headers(data: &[u8]) {
    const FIELDS: &[&str] = &[
        "Subject",
        "From",
        "To",
        "Date",
        "References",
        "Message-ID",
        "Content-Type",
        "Content-Type: text/plain\nContent-Disposition",
        "Content-Transfer-Encoding",
        "Authentication-Results",
        "Auto-Submitted",
        "X-Odd",
    ];
    let Some((first, value)) = data.split_first() else {
        return;
    };
    let field = FIELDS[usize::from(*first) % FIELDS.len()];
    let mut mail = format!("MIME-Version: 1.0\n{field}: ").into_bytes();
    mail.extend_from_slice(value);
    mail.extend_from_slice(b"\n\nbody\n");
    is_tame(&message::read(&mail));
}

/// Every line of a text is in one of its parts, once and in order.
pub fn reply_text(data: &[u8]) {
    let Some((first, text)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text).replace('\r', "\n");
    let parts = reply_text::split(&text, first % 2 == 1);
    fn lines(text: &str) -> impl Iterator<Item = &str> {
        text.lines()
            .map(str::trim_end)
            .filter(|line| !line.trim().is_empty())
    }
    let mut shown: Vec<&str> = [&parts.reply, &parts.quoted, &parts.signature]
        .into_iter()
        .flat_map(|part| lines(part))
        .collect();
    let mut whole: Vec<&str> = lines(&text).collect();
    let trimmed = text.trim();
    if parts.reply == trimmed {
        // a text of one part is kept as it is but for the white space around it
        whole = lines(trimmed).collect();
    }
    shown.sort_unstable();
    whole.sort_unstable();
    assert_eq!(shown, whole);
    assert!(whole.is_empty() || !parts.reply.is_empty());
}

/// Any page becomes text without tags of its own making, in bounded size.
pub fn html(data: &[u8]) {
    let page = String::from_utf8_lossy(data);
    let text = html::to_text(&page).text;
    assert!(text.len() <= 2 << 20, "{}", text.len());
    let safe = html::sanitize(&page).html.to_ascii_lowercase();
    for danger in [
        "<script",
        "<style",
        "<iframe",
        "<svg",
        "<form",
        "<img src=\"http",
    ] {
        assert!(!safe.contains(danger), "{danger}");
    }
}

fn is_tame(message: &Message) {
    let lines = message.headers.iter().map(|(_, value)| value).chain([
        &message.subject,
        &message.from.name,
        &message.from.address,
    ]);
    for line in lines {
        assert!(!line.contains(char::is_control), "{line:?}");
    }
    let ids = message.references.iter().chain(&message.in_reply_to);
    for id in ids.chain(&message.message_id) {
        assert!(!id.contains(['<', '>', '\r', '\n']), "{id:?}");
    }
    assert!(!message.text.contains(['\r', '\0', '\u{1b}']));
    assert!(!message.text.trim().is_empty());
}
