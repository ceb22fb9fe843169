//! The charset of what declares none.

use encoding_rs::Encoding;

use super::{fields, part::Part, reader::Entities};
use crate::message::{charset, header::HeaderDecoder};

/// The encoding of the 8-bit bytes that no charset is declared for.
///
/// What the body declares is the best witness for the header; else all such bytes are guessed from
/// together, for a subject alone is short.
pub(super) fn guess(entities: &Entities<'_>) -> &'static Encoding {
    let no_guess = || encoding_rs::WINDOWS_1252;
    let plain = HeaderDecoder { likely: &no_guess };
    for leaf in entities.leaves.iter().take(20) {
        let part = Part::read(leaf, &plain);
        let declared = part.charset().and_then(charset::by_label);
        let tells =
            |e: &&'static Encoding| *e != encoding_rs::UTF_8 && *e != encoding_rs::WINDOWS_1252;
        if let Some(encoding) = declared.filter(tells) {
            return encoding;
        }
    }
    let mut country = None;
    let mut samples: Vec<Vec<u8>> = Vec::new();
    for (name, value) in &entities.headers {
        if name.eq_ignore_ascii_case("from") {
            let from = fields::addresses(value, &plain).into_iter().next();
            country = from.and_then(|from| {
                from.domain()
                    .rsplit_once('.')
                    .map(|(_, last)| last.to_ascii_lowercase())
            });
        }
        let is_telling = ["subject", "from"]
            .iter()
            .any(|n| name.eq_ignore_ascii_case(n));
        if is_telling && !value.is_ascii() {
            samples.push(value.to_vec());
        }
    }
    for leaf in entities.leaves.iter().take(20) {
        let part = Part::read(leaf, &plain);
        if part.media_type.starts_with("text/") && !part.is_attachment {
            let bytes = part.bytes();
            if std::str::from_utf8(&bytes).is_err() {
                samples.push(bytes.into_owned());
            }
        }
    }
    charset::guess(samples.iter().map(Vec::as_slice), country.as_deref())
}
