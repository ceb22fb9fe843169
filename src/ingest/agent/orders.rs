//! What a proven agent's mail says and orders, and how it is done: all of it or nothing.

use jiff::SignedDuration;

use super::{
    Refusal,
    files::{self, Files},
    words::{above_line, has_quotes, only_customers_quotes, own_words, without_address},
};
use crate::{
    address::Address,
    clock,
    compose::File,
    config::Agent,
    desk::{Answer, Desk, DeskError},
    message::{self, Message},
    store::{Pen, StoreError, TicketChange, Waiting},
    ticket::{
        Status,
        commands::{self, Command, Mistake, Order},
    },
};

/// Does what the mail says. The inner result is what to show of it in the ticket, or why nothing
/// was done.
pub(super) fn carry_out(
    pen: &Pen<'_>,
    desk: &Desk,
    waiting: &Waiting,
    message: &Message,
    who: &Address,
    number: i64,
) -> Result<Result<String, Refusal>, StoreError> {
    let cannot = |why: &str| Ok(Err(Refusal::Cannot(why.to_owned())));
    if !waiting.whole {
        return cannot("the mail is larger than this desk takes");
    }
    if ["[S/MIME", "[PGP"]
        .iter()
        .any(|sealed| message.notice.contains(sealed))
    {
        return cannot("the mail is encrypted or sealed and cannot be read here: send it plain");
    }
    let desk_address = &desk.config.desk.address;
    let own = own_words(message);
    let (words, is_cut) = match above_line(&desk_address.key(), &own, &message.quoted) {
        Ok(found) => found,
        Err(why) => return cannot(why),
    };
    let mut order = match commands::parse(&words) {
        Ok(order) => order,
        Err(mistake) => return Ok(Err(Refusal::Mistake(mistake))),
    };
    if is_cut && order.words.is_empty() && order.commands.is_empty() {
        return cannot("there are no words above the line: write your answer above it");
    }
    let commands = words
        .trim_end()
        .strip_suffix(order.words.as_str())
        .unwrap_or_default()
        .trim()
        .to_owned();
    let is_note = order.commands.contains(&Command::Note);
    let mut files = Files::default();
    let mut lost_quotes = false;
    if !is_note {
        if has_quotes(&order.words) {
            let theirs = only_customers_quotes(&order.words, &customers_words(pen, number)?);
            lost_quotes = theirs.lines().count() < order.words.lines().count();
            order.words = theirs;
        }
        order.words = without_address(&order.words, &who.address, &desk_address.address);
        let says_something = !order.words.is_empty() || !order.commands.is_empty();
        let limit = desk.config.limits.max_message_size;
        files = match files::pick(message, &waiting.bytes, says_something, limit) {
            Ok(files) => files,
            Err(why) => return Ok(Err(Refusal::Cannot(why))),
        };
    }
    if order.words.is_empty() && order.commands.is_empty() && files.kept.is_empty() {
        return cannot("the mail is empty: write your answer above the quoted notification");
    }
    let change = match changes(desk, who, &order) {
        Ok(change) => change,
        Err(mistake) => return Ok(Err(Refusal::Mistake(mistake))),
    };
    let has_words = !order.words.is_empty() || !files.kept.is_empty();
    if !has_words && order.commands.contains(&Command::Only) {
        return cannot("#only says whom the answer goes to: write the answer below it");
    }
    let shown = match (is_note, has_words) {
        (true, _) => order.words.clone(),
        (false, true) => format!("{commands}\n[Answered the customer by mail.]"),
        (false, false) => commands,
    };
    if lost_quotes {
        let lines = "quoted lines that no customer wrote";
        files.left_out.push(lines.to_owned());
    }
    let left_out = files.left_out.join(", ");
    let done = pen.attempt(|pen| {
        let acted = act(
            pen,
            desk,
            who,
            number,
            &order,
            change.clone(),
            files.kept.clone(),
        );
        acted.map_err(|error| match error {
            DeskError::Store(error) => error,
            // undone like a refusal of the store, and told like one
            other => StoreError::Refused(other.to_string()),
        })
    })?;
    match done {
        Ok(Ok(())) => {}
        Ok(Err(StoreError::Refused(why) | StoreError::NotFound(why))) => {
            return Ok(Err(Refusal::Cannot(why)));
        }
        Ok(Err(error)) => return Err(error),
        Err(panic) => std::panic::resume_unwind(panic),
    }
    if !left_out.is_empty() {
        pen.event(number, &who.address, "not_passed_on", &left_out)?;
    }
    Ok(Ok(shown.trim().to_owned()))
}

/// All that customers wrote in a ticket, with single spaces.
fn customers_words(pen: &Pen<'_>, number: i64) -> Result<String, StoreError> {
    let mut words = String::new();
    for message in pen.messages(number)? {
        if message.direction == "in" && message.kind == "customer" {
            words.extend(message.text.split_whitespace().flat_map(|word| [word, " "]));
        }
    }
    Ok(words)
}

/// What the commands change, apart from what happens when.
fn changes(desk: &Desk, who: &Address, order: &Order) -> Result<TicketChange, Mistake> {
    let mut change = TicketChange::default();
    for command in &order.commands {
        match command {
            Command::Status(status) => change.status = Some(*status),
            Command::Priority(priority) => change.priority = Some(*priority),
            Command::Category(category) => change.category = Some(category.clone()),
            Command::Tag(tags) => change.tags.extend(tags.iter().cloned()),
            Command::Untag(tags) => change.untags.extend(tags.iter().cloned()),
            Command::Assign(name) if name.is_empty() => {
                change.assignee = Some(who.address.clone());
            }
            Command::Assign(name) => {
                let agent = agent(desk, name);
                let agent = agent.ok_or_else(|| Mistake::Argument(format!("#assign {name}")))?;
                change.assignee = Some(agent.address.address.clone());
            }
            Command::Spam => {
                change.status = Some(Status::Closed);
                change.tags.push("spam".to_owned());
            }
            Command::Note
            | Command::Only
            | Command::Merge(_)
            | Command::Snooze(_)
            | Command::Unsend
            | Command::Send => {}
        }
    }
    Ok(change)
}

/// The agent of a name or address, or the only one with that first name.
fn agent<'d>(desk: &'d Desk, name: &str) -> Option<&'d Agent> {
    desk.agent_named(name).or_else(|| {
        let wanted = name.to_lowercase();
        let agents = desk.config.agents.iter();
        let mut alike = agents.filter(|agent| {
            let full = agent.name.to_lowercase();
            full.split_whitespace().next() == Some(wanted.as_str())
        });
        alike.next().filter(|_| alike.next().is_none())
    })
}

fn act(
    pen: &Pen<'_>,
    desk: &Desk,
    who: &Address,
    number: i64,
    order: &Order,
    mut change: TicketChange,
    files: Vec<File>,
) -> Result<(), DeskError> {
    let actor = who.address.as_str();
    let is_note = order.commands.contains(&Command::Note);
    let has_files = !files.is_empty();
    if order.commands.contains(&Command::Unsend) {
        desk.unsend(pen, number, actor)?;
    }
    if order.commands.contains(&Command::Send) {
        desk.send_held(pen, number, actor)?;
    }
    if !is_note && (!order.words.is_empty() || has_files) {
        // the answer brings the status with it; whom the ticket is handed to stands before
        let status = change.status.take();
        desk.change(pen, number, actor, &change)?;
        let message = desk.reply(
            pen,
            &Answer {
                ticket: number,
                agent: who.clone(),
                text: order.words.clone(),
                files,
                status,
                only_requester: order.commands.contains(&Command::Only),
                not_before: None,
            },
        )?;
        if has_files {
            let raw = pen.raw_of_message(message)?;
            pen.set_attachments(message, &message::read(&raw).attachments)?;
        }
    } else {
        if is_note {
            pen.event(number, actor, "noted", "by mail")?;
        }
        desk.change(pen, number, actor, &change)?;
    }
    for command in &order.commands {
        match command {
            Command::Snooze(time) => {
                let time = SignedDuration::try_from(*time).unwrap_or_default();
                desk.snooze(pen, number, clock::now() + time, actor)?;
            }
            // one that waits to be asked is not asked
            Command::Spam => pen.cancel_surveys(number, "spam")?,
            Command::Merge(into) => {
                desk.merge(pen, number, *into, actor)?;
            }
            _ => {}
        }
    }
    Ok(())
}
