//! Mail that came to the address of a question for NPS: a number, or the wish not to be asked. What
//! is neither is a mail like any other.

use super::knowledge::{Known, tokens};
use crate::{
    address::Address,
    clock,
    desk::Desk,
    message::{Kind, Message},
    nps::SCALE,
    store::{NpsQuestion, NpsVia, OutboxRow, Pen, Refused, StoreError, View},
    survey::rating::number_from_mail,
    token::{Purpose, Signer},
    triage::disposition::{NpsMail, Reason},
};

/// The subject of a mail that ends such questions: see `compose`.
const STOP: &str = "unsubscribe";

/// What a mail says to a question.
pub(super) enum MailedNps {
    /// The question, the score and the comment.
    Answer(i64, u8, String),
    /// Who does not want to be asked.
    Refusal(Address),
}

impl MailedNps {
    pub(super) fn says(&self) -> NpsMail {
        match self {
            MailedNps::Answer(..) => NpsMail::Answer,
            MailedNps::Refusal(_) => NpsMail::Refusal,
        }
    }
}

/// What a mail says to the question whose token it carries, or whose mail the customer answers. A
/// question that is over can still be refused.
pub(super) fn find(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
) -> Result<Option<MailedNps>, StoreError> {
    let Some(question) = question(view, desk, message)? else {
        return Ok(None);
    };
    let subject = message.subject.split("[n:").next().unwrap_or_default();
    if subject.trim().eq_ignore_ascii_case(STOP) {
        return Ok(Some(MailedNps::Refusal(question.recipient)));
    }
    let is_open = message.kind == Kind::Customer && clock::now() < question.expires_at;
    let answer = number_from_mail(SCALE, &message.subject, &message.reply);
    Ok(answer
        .filter(|_| is_open)
        .map(|(score, comment)| MailedNps::Answer(question.id, score, comment)))
}

fn question(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
) -> Result<Option<NpsQuestion>, StoreError> {
    let in_subject = message.subject.split_once("[n:").and_then(|(_, rest)| {
        let (token, _) = rest.split_once(']')?;
        Some(token.trim().to_owned())
    });
    let tokens = tokens(desk, message, &[], Purpose::Nps);
    for token in tokens.into_iter().chain(in_subject) {
        if let Some(question) = of_token(view, desk, &token)? {
            return Ok(Some(question));
        }
    }
    // a Message-ID is no secret as a token is: it speaks for the customer alone
    for id in message.in_reply_to.iter().chain(message.references.last()) {
        let asked = view.nps_of_message_id(id)?;
        let asked = asked.filter(|asked| asked.recipient.is_same(&message.from.address));
        if asked.is_some() {
            return Ok(asked);
        }
    }
    Ok(None)
}

fn of_token(view: &View<'_>, desk: &Desk, token: &str) -> Result<Option<NpsQuestion>, StoreError> {
    let Some(id) = Signer::claimed_id(token) else {
        return Ok(None);
    };
    let question = match view.nps_question(id) {
        Ok(question) => question,
        Err(StoreError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let party = &question.recipient.address;
    let is_ours = desk.signer.verify(Purpose::Nps, token, party);
    Ok(Some(question).filter(|_| is_ours))
}

/// The mail of a question to whose address a bounce or a complaint came, or that it names.
pub(super) fn asked_by(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
    senders: &[Address],
) -> Result<Option<OutboxRow>, StoreError> {
    for token in tokens(desk, message, senders, Purpose::Nps) {
        if let Some(question) = of_token(view, desk, &token)? {
            return view.outbox_of_nps(question.id);
        }
    }
    Ok(None)
}

/// Does what a mail without a ticket says: an answer is recorded, a refusal noted; whoever marked a
/// question as spam gets no automatic mail any more.
pub(super) fn follow(
    pen: &Pen<'_>,
    desk: &Desk,
    message: &Message,
    reason: Reason,
    gathered: &Known,
) -> Result<(), StoreError> {
    match (&gathered.nps, reason) {
        (Some(MailedNps::Answer(question, score, comment)), Reason::NpsAnswer) => {
            desk.answer_nps(pen, *question, *score, comment, NpsVia::Mail)?;
        }
        (Some(MailedNps::Refusal(who)), Reason::NpsRefused) => {
            pen.refuse_nps(who, Refused::Mail)?;
        }
        (_, Reason::FeedbackReport) if !gathered.known.is_history => {
            let complaint = message.complaint.as_ref();
            let is_abuse = complaint.is_some_and(|it| it.feedback_type != "not-spam");
            for row in gathered.returned.rows.iter().filter(|_| is_abuse) {
                pen.suppress_complaint(&row.recipient)?;
            }
        }
        _ => {}
    }
    Ok(())
}
