//! The files of an agent's mail that go along to the customer.

use crate::{
    compose::File,
    message::{self, Attachment, Message},
};

/// A smaller picture inside the text is a logo of the signature, not a screenshot; bytes.
const LOGO: u64 = 16 * 1024;
/// The most files that go along.
const MOST_FILES: usize = 100;

/// The files of the mail.
#[derive(Default)]
pub(super) struct Files {
    pub(super) kept: Vec<File>,
    /// Names of those that customers have no use for.
    pub(super) left_out: Vec<String>,
}

/// Takes the files out of a mail. `says_something` is false where they are all that there is;
/// `limit` is `max_message_size`, bytes.
///
/// # Errors
/// What keeps them from going along, in words for the agent.
pub(super) fn pick(
    message: &Message,
    raw: &[u8],
    says_something: bool,
    limit: u64,
) -> Result<Files, String> {
    if message.attachments.is_empty() {
        return Ok(Files::default());
    }
    if message.attachments.len() > MOST_FILES {
        return Err(format!(
            "there are more than {MOST_FILES} files in the mail"
        ));
    }
    let total: u64 = message.attachments.iter().map(|file| file.size).sum();
    // base64 makes four bytes of three
    if total > limit / 4 * 3 {
        return Err("the files of the mail are larger than this desk sends".to_owned());
    }
    let bytes = message::all_attachment_bytes(raw);
    if bytes.len() != message.attachments.len() {
        return Err("the files of the mail cannot be taken out of it".to_owned());
    }
    let mut files = Files::default();
    for (file, bytes) in message.attachments.iter().zip(bytes) {
        if is_of_the_writer(file) || (says_something && is_logo(file)) {
            files.left_out.push(file.name.clone());
        } else if is_letter(file) {
            return Err(format!(
                "\"{}\" is a mail or an invitation, which holds addresses: it is not passed on; \
                 save it as another kind of file",
                file.name
            ));
        } else {
            files.kept.push(File {
                name: file.name.clone(),
                media_type: file.media_type.clone(),
                bytes,
            });
        }
    }
    Ok(files)
}

/// Signatures and cards: they are about the writer and hold the writer's address.
fn is_of_the_writer(file: &Attachment) -> bool {
    matches!(
        file.media_type.as_str(),
        "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
            | "application/pgp-signature"
            | "application/pgp-keys"
            | "text/vcard"
            | "text/x-vcard"
    )
}

fn is_logo(file: &Attachment) -> bool {
    file.inline && file.media_type.starts_with("image/") && file.size < LOGO
}

fn is_letter(file: &Attachment) -> bool {
    file.media_type.starts_with("message/")
        || matches!(
            file.media_type.as_str(),
            "text/calendar" | "application/ics"
        )
}
