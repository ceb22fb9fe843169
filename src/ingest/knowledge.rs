//! What the desk and its store know that bears on a mail: tokens, ids, copies, participants.

use jiff::{SignedDuration, Timestamp};

use super::{
    agent, copies,
    forward::{self, TakenOver},
    nps::{self, MailedNps},
    returned::{self, Returned},
};
use crate::{
    address::Address,
    clock, compose,
    desk::Desk,
    message::{Kind, Message, authentication::Verdict, subject::ticket_tag},
    store::{StoreError, Ticket, View},
    survey::rating::score_from_mail,
    token::{Purpose, Signer},
    triage::{
        Past,
        disposition::{Forward, Knowledge, Pointer, Target},
    },
};

/// A mail to half the world makes no participants of it.
const MOST_PEOPLE: usize = 20;

/// A survey answered by mail.
pub(super) struct MailedRating {
    pub(super) survey: i64,
    pub(super) score: u8,
    pub(super) comment: String,
}

/// Knowledge, and what filing needs beside it.
pub(super) struct Known {
    pub(super) known: Knowledge,
    pub(super) rating: Option<MailedRating>,
    pub(super) nps: Option<MailedNps>,
    /// The mail of ours that came back or was marked as spam.
    pub(super) returned: Returned,
    /// The customer's mail that an agent passes on with this one.
    pub(super) passed_on: Option<TakenOver>,
    /// The agent whose mail into a ticket it is, or is said to be.
    pub(super) agent: Option<Address>,
    /// What came before.
    pub(super) past: Past,
}

impl Known {
    /// The mail whose author asks and whose words are judged, when it is not the outer one.
    pub(super) fn taken_over(&self) -> Option<&TakenOver> {
        let is_taken = self.known.forward == Some(Forward::TakenOver);
        self.passed_on.as_ref().filter(|_| is_taken)
    }

    /// The mail that an agent passes on where a ticket holds it already.
    pub(super) fn held(&self) -> Option<&TakenOver> {
        let is_held = matches!(self.known.forward, Some(Forward::Held(_)));
        self.passed_on.as_ref().filter(|_| is_held)
    }
}

/// How a mail came to be known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Came<'m> {
    /// Its own row; 0 for a mail not stored.
    pub(super) row: i64,
    /// The mailbox that it came into.
    pub(super) mailbox: &'m str,
    /// When it came, where that was before the desk.
    pub(super) history_at: Option<Timestamp>,
}

/// Asks everything that decides over a mail.
pub(super) fn gather(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
    digest: &[u8],
    came: Came<'_>,
) -> Result<Known, StoreError> {
    let mailbox = came.mailbox;
    let id = message.message_id.as_deref().unwrap_or_default();
    let before = if came.row == 0 { i64::MAX } else { came.row };
    let mut known = Knowledge {
        is_history: came.history_at.is_some(),
        team: copies::team_of(desk, mailbox).to_owned(),
        duplicate: copies::held(view, desk, (id, digest), mailbox, before)?,
        is_ours: compose::own_ticket(&desk.signer, id).is_some(),
        is_from_own: desk.is_own(&message.from),
        is_from_agent: desk.agent_of(&message.from).is_some(),
        ..Knowledge::default()
    };
    let mut rating = None;
    if let Some((survey, ticket)) = survey_of(view, desk, message)? {
        known.target = target(view, desk, message, Pointer::ReplyToken, ticket, true)?;
        if message.kind == Kind::Customer
            && let Some((score, comment)) = score_from_mail(&message.subject, &message.reply)
        {
            known.survey_of = Some(ticket);
            rating = Some(MailedRating {
                survey,
                score,
                comment,
            });
        }
    }
    let nps = match known.is_history {
        true => None,
        false => nps::find(view, desk, message)?,
    };
    known.nps = nps.as_ref().map(MailedNps::says);
    if known.target.is_none() {
        known.target = find_target(view, desk, message, mailbox)?;
    }
    // a number of before the desk is another desk's
    let is_number = |target: &Target| target.pointer == Pointer::SubjectTag;
    if known.is_history && known.target.as_ref().is_some_and(is_number) {
        known.target = None;
    }
    let mut agent = None;
    if let Some(target) = &known.target
        && let Some((mail, who)) = agent::judge(view, desk, message, target)?
    {
        known.agent = Some(mail);
        agent = Some(who);
    }
    let returned = returned::find(view, desk, message)?;
    known.bounced = returned.ticket;
    let mut passed_on = None;
    if known.target.is_none()
        && let Some((forward, found)) = forward::judge(Some(view), desk, message)?
    {
        known.forward = Some(forward);
        passed_on = found;
    }
    let taken_over = passed_on
        .as_ref()
        .filter(|_| known.forward == Some(Forward::TakenOver));
    let requester = requester(desk, taken_over.map_or(message, |taken| &taken.mail));
    Ok(Known {
        known,
        rating,
        nps,
        returned,
        passed_on,
        agent,
        past: view.past(
            &requester,
            desk.rules.counted_categories(),
            came.history_at.unwrap_or_else(clock::now),
        )?,
    })
}

/// Who asks: Reply-To where it names a person outside the desk (contact forms send from an
/// address of their own), else From.
pub(super) fn requester(desk: &Desk, message: &Message) -> Address {
    let reply_to = message
        .reply_to
        .first()
        .filter(|who| who.is_usable() && !is_ours(desk, message, who));
    match reply_to {
        Some(who) if !who.is_same(&message.from.address) => {
            let name = if who.name.is_empty() {
                &message.from.name
            } else {
                &who.name
            };
            Address::new(name.clone(), who.address.clone())
        }
        _ => message.from.clone(),
    }
}

/// Whether an address is the desk's, an agent's, or one that the mail was delivered to: an alias
/// that the config does not know leads here too, and must not be written to.
fn is_ours(desk: &Desk, message: &Message, who: &Address) -> bool {
    is_the_desks(desk, message, who) || desk.agent_of(who).is_some()
}

fn is_the_desks(desk: &Desk, message: &Message, who: &Address) -> bool {
    let delivered_to = &message.delivered_to;
    desk.is_own(who) || delivered_to.iter().any(|own| own.is_same(&who.address))
}

/// Whom a mail was sent to outside the desk.
pub(super) fn outsiders(desk: &Desk, message: &Message) -> Vec<Address> {
    let mut people: Vec<Address> = Vec::new();
    for who in message.to.iter().chain(&message.cc) {
        let is_new = !people.iter().any(|other| other.is_same(&who.address));
        if is_new && who.is_usable() && !is_ours(desk, message, who) {
            people.push(who.clone());
        }
    }
    people.truncate(MOST_PEOPLE);
    people
}

/// The people beside the requester whom a mail names: none of the desk's own. A mail that names no
/// address of the desk came by a blind copy: an answer to the others would tell of it.
pub(super) fn others(desk: &Desk, message: &Message, requester: &Address) -> Vec<Address> {
    let named = || message.to.iter().chain(&message.cc);
    let is_open = named().any(|who| is_the_desks(desk, message, who));
    let mut others: Vec<Address> = Vec::new();
    for who in std::iter::once(&message.from).chain(named().filter(|_| is_open)) {
        let is_new = !others.iter().any(|other| other.is_same(&who.address));
        if is_new
            && who.is_usable()
            && !who.is_same(&requester.address)
            && !is_ours(desk, message, who)
        {
            others.push(who.clone());
        }
    }
    others.truncate(MOST_PEOPLE);
    others
}

/// What points to a ticket, in this order: a signed reply address of a customer or an agent (an
/// agent's may stand in the ids), In-Reply-To, References from
/// the last, the tag in the subject.
fn find_target(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
    mailbox: &str,
) -> Result<Option<Target>, StoreError> {
    let to_agents = agent::tokens(desk, message).into_iter().next();
    let is_agents = desk.agent_of(&message.from).is_some();
    // an agent who answers everybody has a customer's token among the addresses
    if let Some((_, ticket)) = to_agents.as_ref().filter(|_| is_agents) {
        return target(view, desk, message, Pointer::ReplyToken, *ticket, false);
    }
    for token in tokens(desk, message, &[], Purpose::Reply) {
        let Some(ticket) = Signer::claimed_id(&token) else {
            continue;
        };
        for who in view.participants(ticket)? {
            if desk.signer.verify(Purpose::Reply, &token, &who.address) {
                return target(view, desk, message, Pointer::ReplyToken, ticket, false);
            }
        }
    }
    if let Some((_, ticket)) = to_agents {
        return target(view, desk, message, Pointer::ReplyToken, ticket, false);
    }
    let mut of_several = None;
    for id in message
        .in_reply_to
        .iter()
        .chain(message.references.iter().rev())
    {
        if let Some(ticket) = compose::own_ticket(&desk.signer, id) {
            let found = target(view, desk, message, Pointer::OurMessageId, ticket, false)?;
            if found.is_some() {
                return Ok(found);
            }
            continue;
        }
        let tickets = view.tickets_of_message_id(id)?;
        let Some((first, _)) = tickets.first() else {
            continue;
        };
        if tickets.iter().all(|(ticket, _)| ticket == first) {
            return target(view, desk, message, Pointer::TheirMessageId, *first, false);
        }
        // another id may tell which of them is meant
        of_several.get_or_insert(tickets);
    }
    if let Some(tickets) = of_several {
        return one_of(view, desk, message, mailbox, &tickets);
    }
    match ticket_tag(&message.subject) {
        Some(ticket) => target(view, desk, message, Pointer::SubjectTag, ticket, false),
        None => Ok(None),
    }
}

/// The ticket that is meant by an id of several: one in which the sender takes part, the one that
/// the subject names, the one of the mailbox that the mail came into, the oldest.
fn one_of(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
    mailbox: &str,
    tickets: &[(i64, String)],
) -> Result<Option<Target>, StoreError> {
    let tag = ticket_tag(&message.subject);
    let mut best: Option<((bool, bool, bool), Target)> = None;
    for (number, came_into) in tickets {
        let pointer = Pointer::TheirMessageId;
        let Some(target) = target(view, desk, message, pointer, *number, false)? else {
            continue;
        };
        let is_named = tag == Some(*number);
        let rank = (target.sender_takes_part, is_named, came_into == mailbox);
        if best.as_ref().is_none_or(|(known, _)| rank > *known) {
            best = Some((rank, target));
        }
    }
    Ok(best.map(|(_, target)| target))
}

fn target(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
    pointer: Pointer,
    ticket: i64,
    is_proven: bool,
) -> Result<Option<Target>, StoreError> {
    let named = ticket;
    let Some(ticket) = living(view, named)? else {
        // a token of a database that was lost: the mail is a new one
        return Ok(None);
    };
    // numbers can be guessed: who brings nothing else must at least be who they say
    let is_doubtful = pointer == Pointer::SubjectTag && message.dmarc == Verdict::Fail;
    let seen = |ticket: Ticket, named: i64| -> Result<Target, StoreError> {
        let takes_part = view
            .participants(ticket.number)?
            .iter()
            .any(|participant| participant.is_same(&message.from.address));
        let reopen_within = SignedDuration::try_from(desk.config.tickets.reopen_within);
        let age = ticket.closed_at.map(|at| clock::now().duration_since(at));
        Ok(Target {
            pointer,
            came_for: Some(named).filter(|named| *named != ticket.number),
            sender_takes_part: !is_doubtful
                && (is_proven || takes_part || desk.agent_of(&message.from).is_some()),
            is_history: ticket.history,
            is_long_closed: age.is_some_and(|age| reopen_within.is_ok_and(|within| age >= within)),
            ticket: ticket.facts(),
        })
    };
    let target = seen(ticket, named)?;
    if target.why_linked().is_none() {
        return Ok(Some(target));
    }
    // the sender may have been given a ticket in its place already
    let later = match view.continued_by(target.ticket.number, &message.from)? {
        Some(number) => living(view, number)?
            .map(|ticket| seen(ticket, number))
            .transpose()?,
        None => None,
    };
    let later = later.filter(|later: &Target| later.why_linked().is_none());
    Ok(Some(later.unwrap_or(target)))
}

/// A ticket, or the one that it was merged into; `None` when there is none of that number.
fn living(view: &View<'_>, number: i64) -> Result<Option<Ticket>, StoreError> {
    let number = view.after_merges(number)?;
    match view.ticket(number) {
        Ok(ticket) => Ok(Some(ticket)),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The survey whose token the mail carries, and its ticket; only while it can be answered. An
/// answer to the survey mail itself will do, from the customer who was asked: where there are no
/// sub-addresses, or a relay took ours away, nothing else is left of the token. The desk's own
/// people rate nobody, whatever token they have got hold of.
fn survey_of(
    view: &View<'_>,
    desk: &Desk,
    message: &Message,
) -> Result<Option<(i64, i64)>, StoreError> {
    let is_ours = |who: &Address| desk.agent_of(who).is_some() || desk.is_own(who);
    if is_ours(&message.from) {
        return Ok(None);
    }
    let in_subject = message.subject.split_once("[s:").and_then(|(_, rest)| {
        rest.split_once(']')
            .map(|(token, _)| token.trim().to_owned())
    });
    for token in tokens(desk, message, &[], Purpose::Survey)
        .into_iter()
        .chain(in_subject)
    {
        let Some(id) = Signer::claimed_id(&token) else {
            continue;
        };
        let survey = match view.survey(id) {
            Ok(survey) => survey,
            Err(StoreError::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        if desk
            .signer
            .verify(Purpose::Survey, &token, &survey.recipient.address)
            && clock::now() < survey.expires_at
        {
            return Ok(Some((survey.id, survey.ticket)));
        }
    }
    for id in message.in_reply_to.iter().chain(message.references.last()) {
        let asked = view.survey_of_message_id(id)?.filter(|survey| {
            survey.recipient.is_same(&message.from.address) && clock::now() < survey.expires_at
        });
        if let Some(survey) = asked {
            return Ok(Some((survey.id, survey.ticket)));
        }
    }
    Ok(None)
}

/// The tokens of a purpose among the addresses that the mail was sent to, and `more`.
pub(super) fn tokens(
    desk: &Desk,
    message: &Message,
    more: &[Address],
    purpose: Purpose,
) -> Vec<String> {
    let (base, delimiter) = (
        &desk.config.desk.address,
        &desk.config.smtp.subaddress_delimiter,
    );
    let addresses = message
        .delivered_to
        .iter()
        .chain(&message.to)
        .chain(&message.cc)
        .chain(more);
    addresses
        .filter_map(|address| address.detail_of(base, delimiter))
        .filter_map(|detail| {
            let mut letters = detail.chars();
            let letter = letters.next()?.to_ascii_lowercase();
            (letter == purpose.letter()).then(|| letters.as_str().to_owned())
        })
        .collect()
}
