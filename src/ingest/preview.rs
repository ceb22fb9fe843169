//! What maildesk sees in a mail and would do with it: the pure middle, without the pen.

use serde_json::{Value, json};

use super::{TakenOver, forward, judge, knowledge, returned::Returned};
use crate::{
    clock,
    desk::Desk,
    message::{Forwarded, Message, digest::content_digest},
    store::{StoreError, View},
    triage::{
        Past, Triage,
        disposition::{Decision, Forward, Knowledge},
    },
};

/// A mail read and judged; nothing was written.
pub struct Preview {
    /// What it says.
    pub message: Message,
    /// What the rules say.
    pub triage: Triage,
    /// What would be done.
    pub decision: Decision,
    /// What the mail comes to that an agent passes on with it.
    pub forward: Option<Forward>,
    /// The customer's mail that would be taken over, or is held already.
    pub passed_on: Option<TakenOver>,
}

/// Judges a mail. With a view it knows threads, copies and participants.
///
/// # Errors
/// The database's trouble.
pub fn preview(
    desk: &Desk,
    view: Option<&View<'_>>,
    message: Message,
    raw: &[u8],
) -> Result<Preview, StoreError> {
    let digest = content_digest(raw);
    let first = desk.config.mailboxes.first();
    let mailbox = first.map_or("", |mailbox| mailbox.name.as_str());
    let gathered = match view {
        Some(view) => {
            let came = knowledge::Came {
                row: 0,
                mailbox,
                history_at: None,
            };
            knowledge::gather(view, desk, &message, &digest, came)?
        }
        None => {
            let (forward, passed_on) = forward::judge(None, desk, &message)?.unzip();
            let known = Knowledge {
                is_from_own: desk.is_own(&message.from),
                is_from_agent: desk.agent_of(&message.from).is_some(),
                forward,
                ..Knowledge::default()
            };
            knowledge::Known {
                known,
                rating: None,
                nps: None,
                returned: Returned::default(),
                passed_on: passed_on.flatten(),
                agent: None,
                past: Past::default(),
            }
        }
    };
    let arrived_at = message.date.unwrap_or_else(clock::now);
    let (decision, triage) = judge(
        desk,
        &message,
        gathered.taken_over(),
        mailbox,
        arrived_at,
        &gathered.known,
        &gathered.past,
    );
    Ok(Preview {
        message,
        triage,
        decision,
        forward: gathered.known.forward,
        passed_on: gathered.passed_on,
    })
}

impl Preview {
    /// The customer's mail whose author would be the requester.
    pub fn taken_over(&self) -> Option<&TakenOver> {
        let is_taken = self.forward == Some(Forward::TakenOver);
        self.passed_on.as_ref().filter(|_| is_taken)
    }

    /// What becomes of the mail that is passed on with this one, in a sentence; `None` when none is
    /// or nobody of the desk does it.
    pub fn forward_sentence(&self) -> Option<String> {
        let forward = self.forward?;
        match (forward, &self.passed_on) {
            (Forward::TakenOver, Some(taken)) => Some(taken.sentence(&self.message.from)),
            (Forward::Held(ticket), _) => {
                Some(format!("#{ticket} holds the forwarded mail already"))
            }
            _ => forward
                .why_not()
                .map(|why| format!("not taken over, since: {why}")),
        }
    }

    /// The mail that is passed on: the one that is taken over, else the outermost one.
    fn forwarded(&self) -> Value {
        let Some(outermost) = self.message.forwarded.as_deref() else {
            return Value::Null;
        };
        let mut shown = (&outermost.mail, outermost.words.as_str());
        if let Some(taken) = &self.passed_on {
            shown = (&taken.mail, taken.note.as_str());
        }
        let (mail, words) = shown;
        let Forwarded {
            said_date,
            is_attached,
            ..
        } = outermost;
        json!({
            "from": mail.from,
            "subject": mail.subject,
            "date": mail.date.map(|date| date.to_string()).unwrap_or_default(),
            "said_date": said_date,
            "message_id": mail.message_id.as_deref().unwrap_or_default(),
            "language": mail.language.map(|language| language.code()).unwrap_or_default(),
            "kind": mail.kind,
            "text": mail.text,
            "reply": mail.reply,
            "words": words,
            "attached": is_attached,
            "taken_over": self.forward == Some(Forward::TakenOver),
            "why": self.forward_sentence().unwrap_or_default(),
        })
    }

    /// The JSON of `inspect --json`.
    pub fn json(&self) -> Value {
        let (message, triage, decision) = (&self.message, &self.triage, &self.decision);
        let language = message
            .language
            .map(|language| language.code())
            .unwrap_or_default();
        json!({
            "message_id": message.message_id.as_deref().unwrap_or_default(),
            "in_reply_to": message.in_reply_to,
            "references": message.references,
            "from": message.from,
            "reply_to": message.reply_to,
            "to": message.to,
            "cc": message.cc,
            "subject": message.subject,
            "date": message.date.map(|date| date.to_string()).unwrap_or_default(),
            "language": language,
            "kind": decision.kind,
            "kind_reason": decision.kind_reason,
            "dmarc": message.dmarc.word(),
            "text": message.text,
            "reply": message.reply,
            "quoted": message.quoted,
            "signature": message.signature,
            "attachments": message.attachments,
            "defects": message.defects,
            "triage": {
                "priority": triage.priority.unwrap_or_default(),
                "category": triage.category.as_deref().unwrap_or_default(),
                "tags": triage.tags,
                "matched": triage.matched,
            },
            "decision": {
                "disposition": decision.disposition,
                "reason": decision.reason,
                "why": decision.sentence(),
                "ticket": decision.ticket,
                "linked_to": decision.linked_to,
                "reopens": decision.reopens,
            },
            "bounce": message.bounce,
            "complaint": message.complaint,
            "forwarded": self.forwarded(),
        })
    }
}
