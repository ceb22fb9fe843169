//! Hostile mails end in the right place, in bounded memory, and leave the next mail alone. Their
//! times are printed by `cargo bench --bench hostile`.

// the helpers of a test are tests too
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "hostile/mails.rs"]
mod mails;
#[path = "hostile/memory.rs"]
mod memory;

use maildesk::message;

/// What reading may take beside the mail and as much again. In bytes.
const MEMORY: usize = 64 * 1024 * 1024;
/// A list that silently shrinks would show less and less.
const CASES: usize = 52;

#[test]
fn hostile_mails_end_in_the_right_place_in_bounded_memory() {
    let mut seen = 0;
    for mails::Hostile { name, raw } in mails::all() {
        seen += 1;
        let (message, peak) = memory::peak(|| message::read(&raw));
        assert!(
            peak <= MEMORY + raw.len(),
            "{name}: {} MiB over the mail's {}",
            peak >> 20,
            raw.len() >> 20
        );
        assert_eq!(message.size, raw.len() as u64, "{name}");
        assert!(message.text.len() <= 1 << 20, "{name}");
        assert!(!message.text.trim().is_empty(), "{name}");
        assert!(!message.reply.trim().is_empty(), "{name}");
        assert!(!message.text.contains(['\0', '\r', '\u{1b}']), "{name}");
        assert!(message.attachments.len() <= 1_000, "{name}");
        assert!(message.headers.len() <= 1_000, "{name}");
        assert!(message.references.len() <= 200, "{name}");
        assert!(message.to.len() <= 1_000, "{name}");
        let values = message.headers.iter().map(|(_, value)| value);
        for line in values.chain([&message.subject, &message.from.name]) {
            assert!(!line.contains(char::is_control), "{name}: {line:?}");
            assert!(!line.contains('\u{202e}'), "{name}");
        }
        if raw.len() > 1 {
            assert_eq!(message.from.address, "a@example.com", "{name}");
            assert_eq!(
                message.message_id.as_deref(),
                Some("x@example.com"),
                "{name}"
            );
        }
        let next = message::read(format!("{}\nPrices are gone", mails::HEADER).as_bytes());
        assert_eq!(next.reply, "Prices are gone", "after {name}");
        assert!(next.defects.is_empty(), "after {name}: {:?}", next.defects);
    }
    assert_eq!(seen, CASES);
}
