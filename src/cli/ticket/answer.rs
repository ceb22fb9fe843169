//! `maildesk ticket reply` and `maildesk ticket note`.

use std::{
    fs,
    io::{self, IsTerminal, Read as _},
    path::PathBuf,
};

use clap::Args;
use jiff::SignedDuration;
use serde_json::json;

use super::{
    super::{failure::say, output::time, plain, values},
    Context, Failure,
    author::author,
};
use crate::{
    clock,
    compose::File,
    desk::{Answer, DeskError},
    message,
    ticket::Status,
};

#[derive(Debug, Args)]
pub struct Reply {
    /// The ticket
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
    #[command(flatten)]
    words: Words,
    /// Close the ticket with it
    #[arg(long)]
    close: bool,
    /// Answer the requester alone, not those in copy
    #[arg(long)]
    only_requester: bool,
    /// Send it after this time ("2h", "1d") and not now; it is held if the customer writes first
    #[arg(long, value_name = "DURATION", value_parser = values::duration)]
    later: Option<SignedDuration>,
    /// A file that goes along; may be given several times
    #[arg(long = "attach", value_name = "FILE")]
    attachments: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Note {
    /// The ticket
    #[arg(value_name = "N", value_parser = values::ticket)]
    number: i64,
    #[command(flatten)]
    words: Words,
}

#[derive(Debug, Args)]
struct Words {
    /// The file with the text [default: standard input]
    #[arg(long)]
    file: Option<PathBuf>,
    /// Who writes it [default: the ticket's assignee, else the only agent, else the desk]
    #[arg(long, value_name = "NAME_OR_ADDRESS")]
    agent: Option<String>,
}

pub(super) async fn reply(context: &Context, args: Reply) -> Result<(), Failure> {
    let config = context.config()?;
    let zone = config.desk.timezone.clone();
    let store = context.store(&config)?;
    let desk = context.desk(config)?;
    let number = args.number;
    let ticket = store.read(move |view| view.ticket(number)).await?;
    let answer = Answer {
        ticket: number,
        agent: author(&desk, args.words.agent.as_deref(), &ticket)?,
        text: args.words.text("the answer")?,
        files: files(&args.attachments, desk.config.limits.max_message_size)?,
        status: args.close.then_some(Status::Closed),
        only_requester: args.only_requester,
        not_before: args.later.map(|later| clock::now() + later),
    };
    let by = match answer.agent.name.as_str() {
        "" => "the desk".to_owned(),
        name => plain::line(name),
    };
    let (message, status, outbox) = store
        .write(move |pen| {
            let message = desk.reply(pen, &answer)?;
            if !answer.files.is_empty() {
                let raw = pen.raw_of_message(message)?;
                pen.set_attachments(message, &message::read(&raw).attachments)?;
            }
            let messages = pen.messages(number)?;
            let sent = messages.iter().find(|sent| sent.id == message);
            let id = sent.map_or("", |sent| sent.message_id.as_str());
            let outbox = pen.outbox_of_message_id(id)?;
            Ok::<_, DeskError>((message, pen.ticket(number)?.status, outbox))
        })
        .await?;
    let filed = json!({
        "ticket": number, "message": message, "status": status, "outbox": outbox,
    });
    context.print(&filed, || {
        let to: Vec<String> = outbox.iter().map(|row| plain::line(&row.recipient)).collect();
        let next = outbox.iter().filter(|row| row.state == "scheduled");
        let when = match next.filter_map(|row| row.next_attempt_at).max() {
            Some(at) => format!(" until {}", time(at, &zone)),
            None => String::new(),
        };
        format!(
            "#{number} is answered as {by} and now {}; message {message} waits in the outbox{when} for {}\n",
            status.word(),
            to.join(", ")
        )
    })
}

pub(super) async fn note(context: &Context, args: Note) -> Result<(), Failure> {
    let config = context.config()?;
    let store = context.store(&config)?;
    let desk = context.desk(config)?;
    let number = args.number;
    let ticket = store.read(move |view| view.ticket(number)).await?;
    let agent = author(&desk, args.words.agent.as_deref(), &ticket)?;
    let text = args.words.text("the note")?;
    let message = store
        .write(move |pen| desk.note(pen, number, &agent, &text))
        .await?;
    let filed = json!({ "ticket": number, "message": message });
    context.print(&filed, || {
        format!("message {message} is a private note of #{number}\n")
    })
}

/// Reads the files that go along; together they must fit into a mail of `limit` bytes.
fn files(paths: &[PathBuf], limit: u64) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    let mut total: u64 = 0;
    for path in paths {
        let shown = path.display();
        let bytes = fs::read(path)
            .map_err(|error| Failure::Failed(format!("reading the attachment {shown}: {error}")))?;
        total += u64::try_from(bytes.len()).unwrap_or(u64::MAX / 4);
        let name = path.file_name().unwrap_or_default();
        files.push(File {
            name: name.to_string_lossy().into_owned(),
            media_type: mime_guess::from_path(path)
                .first_or_octet_stream()
                .to_string(),
            bytes,
        });
    }
    // base64 makes four bytes of three
    if total > limit / 4 * 3 {
        return Err(Failure::Failed(
            "the attachments are larger than this desk sends: see [limits] max_message_size"
                .to_owned(),
        ));
    }
    Ok(files)
}

impl Words {
    fn text(&self, what: &str) -> Result<String, Failure> {
        let mut bytes = Vec::new();
        let (from, read) = match &self.file {
            Some(path) => {
                let read = fs::read(path).map(|read| bytes = read);
                (path.display().to_string(), read)
            }
            None => {
                if io::stdin().is_terminal() {
                    say(&format!(
                        "type {what}, and end it with Ctrl-D on a line of its own"
                    ));
                }
                let read = io::stdin().lock().read_to_end(&mut bytes).map(|_| ());
                ("standard input".to_owned(), read)
            }
        };
        read.map_err(|error| Failure::Failed(format!("reading {what} from {from}: {error}")))?;
        String::from_utf8(bytes).map_err(|_| {
            Failure::Failed(format!(
                "{what} from {from} is not UTF-8 text: save it as UTF-8"
            ))
        })
    }
}
