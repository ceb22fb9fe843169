//! A file that goes along with an answer.

use lettre::message::{
    Body, SinglePart,
    header::{ContentDisposition, ContentTransferEncoding, ContentType},
};

use super::headline::one_line;

/// A file that goes along with an answer: exactly these bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What the recipient sees and may save it under.
    pub name: String,
    /// `type/subtype`.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Longest file name that we repeat, in characters.
const MAX_NAME: usize = 120;

/// The file as a part in base64, which no relay changes. Text goes out as mere bytes: what
/// charset it is in is not known here. Mails must not be in base64 (RFC 2046 section 5.2.1), and
/// are not to be opened in place either.
pub(super) fn part(file: &File) -> SinglePart {
    let is_opaque = ["text/", "message/", "multipart/"]
        .iter()
        .any(|kind| file.media_type.starts_with(kind));
    let media_type = Some(file.media_type.as_str()).filter(|_| !is_opaque);
    let media_type = media_type.and_then(|kind| ContentType::parse(kind).ok());
    let bytes = media_type.or_else(|| ContentType::parse("application/octet-stream").ok());
    let body = Body::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64);
    let body = body.unwrap_or_else(Body::new);
    let name = one_line(&file.name, MAX_NAME).replace(['/', '\\', '"'], "_");
    let part = SinglePart::builder().header(ContentDisposition::attachment(&name));
    match bytes {
        Some(kind) => part.header(kind).body(body),
        None => part.body(body),
    }
}
