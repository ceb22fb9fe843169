//! A desk with its pages on a free port, and surveys that were asked.

use std::{fs, net::SocketAddr, sync::Arc, time::Duration};

use arc_swap::ArcSwap;
use jiff::SignedDuration;
use maildesk::{
    address::Address,
    clock,
    config::Config,
    desk::Desk,
    observe::{Mailboxes, Metrics},
    store::{Attempted, NewOutbox, NewSurvey, NewTicket, OutboxKind, Pen, Store, StoreError},
    survey::SurveyRow,
    ticket::{Priority, Status},
    token::{Purpose, Signer},
    web::{self, Web},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

pub const CUSTOMER: &str = "olga@customer.example";

pub struct Running {
    pub at: SocketAddr,
    pub store: Store,
    pub mailboxes: Mailboxes,
    pub signer: Signer,
    pub stop: CancellationToken,
    pub served: JoinHandle<std::io::Result<()>>,
    directory: TempDir,
}

/// How a survey differs from the usual one.
#[derive(Clone)]
pub struct Asked {
    pub language: &'static str,
    /// From now, in seconds.
    pub expires: i64,
    pub recipient: &'static str,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            language: "en",
            expires: 3600,
            recipient: CUSTOMER,
        }
    }
}

impl Running {
    /// A desk that writes Ukrainian unless a customer is known to read something else.
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// The same with more settings.
    pub async fn start_with(more: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let text = "[desk]\nname = \"Acme & Co\"\naddress = \"support@example.com\"\n\
            language = \"uk\"\n[storage]\npath = \"desk.db\"\n\
            [[mailbox]]\nname = \"support\"\nsource = \"maildir\"\npath = \"mail\"\n\
            [[mailbox]]\nname = \"sales\"\nsource = \"maildir\"\npath = \"more\"\n\
            [smtp]\ntransport = \"directory\"\ndirectory = \"out\"\n\
            [[agent]]\nname = \"Anna <b>\"\naddress = \"anna@example.com\"\n";
        let text = format!("{text}{more}");
        for name in ["mail", "more", "out"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        let config = Config::parse("c.toml", &text, directory.path(), &|_| None);
        let config = config.unwrap_or_else(|faults| panic!("{faults:#?}"));
        let store = Store::open(&config.storage.path).unwrap();
        let mailboxes = Mailboxes::new(config.mailboxes.iter().map(|m| m.name.clone()));
        let signer = Signer::new(b"0123456789abcdef");
        let desk = match Desk::load(config, signer.clone()) {
            Ok(desk) => desk,
            Err(faults) => panic!("{faults:#?}"),
        };
        let web = Web {
            desk: Arc::new(ArcSwap::from_pointee(desk)),
            store: store.clone(),
            metrics: Metrics::default(),
            mailboxes: mailboxes.clone(),
            settings: Default::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = tokio::spawn(web::serve(listener, web, stop.clone()));
        Self {
            at,
            store,
            mailboxes,
            signer,
            stop,
            served,
            directory,
        }
    }

    /// Asks a customer; returns the path of the survey's page.
    pub async fn ask(&self, asked: Asked) -> String {
        let recipient = asked.recipient;
        let id = self
            .store
            .write(move |pen| asked_survey(pen, &asked))
            .await
            .unwrap();
        self.path_of(id, Purpose::Survey, recipient)
    }

    pub fn path_of(&self, id: i64, purpose: Purpose, party: &str) -> String {
        format!("/s/{}", self.signer.seal(purpose, id, party))
    }

    /// The surveys as reports see them.
    pub async fn surveys(&self) -> Vec<SurveyRow> {
        self.store
            .read(|view| view.surveys(None, None))
            .await
            .unwrap()
    }

    /// The only survey.
    pub async fn survey(&self) -> SurveyRow {
        self.surveys().await.remove(0)
    }

    /// All answers that were recorded, withdrawn ones too: score, how it came, why it does not
    /// count.
    pub fn ratings(&self) -> Vec<(u8, String, String)> {
        let other = rusqlite::Connection::open(self.directory.path().join("desk.db")).unwrap();
        let sql = "SELECT score, via, withdrawn FROM ratings ORDER BY id";
        let mut select = other.prepare(sql).unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// What a query counts.
    pub fn count(&self, sql: &str) -> i64 {
        let other = rusqlite::Connection::open(self.directory.path().join("desk.db")).unwrap();
        other.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// The events of a ticket of one kind.
    pub async fn events(&self, ticket: i64, what: &str) -> Vec<String> {
        let events = self.store.read(move |view| view.events(ticket)).await;
        let events = events.unwrap().into_iter().filter(|e| e.what == what);
        events.map(|event| event.detail).collect()
    }

    /// Runs SQL beside the running desk, as an accident would.
    pub fn tamper(&self, sql: &str) {
        let other = rusqlite::Connection::open(self.directory.path().join("desk.db"));
        other.unwrap().execute_batch(sql).unwrap();
    }

    pub async fn stopped_within(self, bound: Duration) {
        self.stop.cancel();
        let served = tokio::time::timeout(bound, self.served).await;
        served.unwrap().unwrap().unwrap();
    }
}

/// A closed ticket whose survey has left.
fn asked_survey(pen: &Pen<'_>, asked: &Asked) -> Result<i64, StoreError> {
    let customer = Address::new("Olga", asked.recipient);
    let now = clock::now();
    let ticket = pen.open_ticket(&NewTicket {
        subject: "The search finds nothing".to_owned(),
        status: Status::Closed,
        priority: Priority::Normal,
        category: String::new(),
        tags: vec![],
        mailbox: "support".to_owned(),
        group: String::new(),
        assignee: "anna@example.com".to_owned(),
        requester: customer.clone(),
        others: vec![],
        language: asked.language.to_owned(),
        linked_to: None,
        history: false,
        opened_at: now,
    })?;
    let survey = pen.add_survey(&NewSurvey {
        ticket,
        agent: "anna@example.com".to_owned(),
        category: String::new(),
        mailbox: "support".to_owned(),
        language: asked.language.to_owned(),
        recipient: customer.clone(),
        due_at: now,
        expires_at: now + SignedDuration::from_secs(asked.expires),
    })?;
    let mail = pen.enqueue(&NewOutbox {
        kind: OutboxKind::Survey,
        ticket: Some(ticket),
        message: None,
        survey: Some(survey),
        recipient: customer,
        envelope_from: String::new(),
        subject: String::new(),
        message_id: format!("survey-{survey}@example.com"),
        bytes: b"Subject: How was it?\r\n\r\n".to_vec(),
        not_before: None,
    })?;
    pen.record_outcome(mail, &Attempted::Sent)?;
    Ok(survey)
}
