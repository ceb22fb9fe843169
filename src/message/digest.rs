//! What a mail is recognised by beside its Message-ID, which strangers choose.

use ring::digest::{Context, SHA256};

use super::Message;

/// SHA-256 over what its author made: From, Date, Subject, the text, the attachments. Trace
/// headers differ between two copies of one mail and are left out.
pub fn content_digest(message: &Message) -> Vec<u8> {
    let mut context = Context::new(&SHA256);
    let mut add = |bytes: &[u8]| {
        // lengths keep two neighbours from being mistaken for one
        context.update(&(bytes.len() as u64).to_be_bytes());
        context.update(bytes);
    };
    add(message.from.key().as_bytes());
    add(message
        .date
        .map_or(0, |date| date.as_second())
        .to_string()
        .as_bytes());
    add(message.subject.as_bytes());
    add(message.text.as_bytes());
    for attachment in &message.attachments {
        add(attachment.sha256.as_bytes());
    }
    context.finish().as_ref().to_vec()
}
