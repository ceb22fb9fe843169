//! A rating as rules see it: a score, and a comment in the place of a mail.

use crate::{address::Address, language::Language, message::Message};

/// The answer to a survey.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// 1 to 5; 5 is best.
    pub score: u8,
    /// What the customer added; may be empty.
    pub comment: &'a str,
}

/// A comment in the place of a mail: new words of whoever was asked, in the language of the survey.
pub fn comment_as_mail(comment: &str, from: &Address, language: Option<Language>) -> Message {
    Message {
        from: from.clone(),
        language,
        reply: comment.to_owned(),
        text: comment.to_owned(),
        ..Message::default()
    }
}
