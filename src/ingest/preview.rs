//! What maildesk sees in a mail and would do with it: the pure middle, without the pen.

use serde_json::{Value, json};

use super::{judge, knowledge};
use crate::{
    clock,
    desk::Desk,
    message::{self, Message, digest::content_digest},
    store::{StoreError, View},
    triage::{
        Triage,
        disposition::{Decision, Knowledge},
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
}

/// Reads and judges a mail. With a view it knows threads, copies and participants.
///
/// # Errors
/// The database's trouble.
pub fn preview(desk: &Desk, view: Option<&View<'_>>, raw: &[u8]) -> Result<Preview, StoreError> {
    let message = message::read(raw);
    let digest = content_digest(&message);
    let (known, counts) = match view {
        Some(view) => {
            let gathered = knowledge::gather(view, desk, &message, &digest, 0)?;
            (gathered.known, gathered.counts)
        }
        None => {
            let known = Knowledge {
                is_from_own: desk.is_own(&message.from),
                is_from_agent: desk.agent_of(&message.from).is_some(),
                ..Knowledge::default()
            };
            (known, (0, 0))
        }
    };
    let mailbox = desk
        .config
        .mailboxes
        .first()
        .map(|mailbox| mailbox.name.as_str());
    let arrived_at = message.date.unwrap_or_else(clock::now);
    let (decision, triage) = judge(
        desk,
        &message,
        mailbox.unwrap_or_default(),
        arrived_at,
        &known,
        counts,
    );
    Ok(Preview {
        message,
        triage,
        decision,
    })
}

impl Preview {
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
                "ticket": decision.ticket,
                "linked_to": decision.linked_to,
                "reopens": decision.reopens,
            },
            "bounce": message.bounce,
        })
    }
}
