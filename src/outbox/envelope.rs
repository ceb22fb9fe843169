//! The way of one mail on a connection: between whom, and in which steps.

use lettre::{
    Address as Mailbox,
    transport::smtp::{
        Error,
        commands::{Data, Mail, Rcpt},
        extension::{Extension, MailBodyParameter, MailParameter, RcptParameter},
    },
};

use super::{
    Outcome, Reply, dsn,
    outcome::{Stage, judge},
    smtp::Session,
};
use crate::store::Delivery;

/// Between whom a mail goes.
pub(super) struct Envelope {
    sender: Option<Mailbox>,
    recipient: Mailbox,
}

impl Envelope {
    /// That of a mail, where its addresses can be one.
    pub(super) fn of(delivery: &Delivery) -> Result<Self, Outcome> {
        let refused = |what: &str| {
            Outcome::Permanent(Reply::local(format!(
                "the {what} cannot be an envelope address"
            )))
        };
        let parse = |address: &str, what| address.parse::<Mailbox>().map_err(|_| refused(what));
        let recipient = parse(&delivery.recipient.address, "recipient")?;
        let sender = match delivery.envelope_from.as_str() {
            "" => None,
            address => Some(parse(address, "sender")?),
        };
        Ok(Self { sender, recipient })
    }

    /// MAIL: nothing is sent yet. Returns what is wished of the recipient's part.
    pub(super) async fn begin(
        &self,
        session: &mut Session,
        delivery: &Delivery,
    ) -> Result<Vec<RcptParameter>, Outcome> {
        let connection = &mut session.connection;
        let mut parameters = Vec::new();
        let offers = |extension| connection.server_info().supports_feature(extension);
        if !delivery.recipient.address.is_ascii() || !delivery.envelope_from.is_ascii() {
            if !offers(Extension::SmtpUtfEight) {
                let words = "the relay cannot carry an address with these characters (no SMTPUTF8)";
                return Err(Outcome::Permanent(Reply::local(words)));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !delivery.bytes.is_ascii() && offers(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let mut of_recipient = Vec::new();
        if session.takes_wishes {
            parameters.extend(dsn::of_mail(delivery));
            of_recipient = dsn::of_recipient(delivery);
        }
        let mail = Mail::new(self.sender.clone(), parameters);
        let answered = connection.command(mail).await;
        answered.map_err(|error| judge(Stage::Mail, &error))?;
        Ok(of_recipient)
    }

    /// RCPT, DATA, and the dot (RFC 5321 section 3.3).
    pub(super) async fn finish(
        &self,
        session: &mut Session,
        delivery: &Delivery,
        wishes: Vec<RcptParameter>,
    ) -> Result<(), Outcome> {
        let connection = &mut session.connection;
        let mail = |error: Error| judge(Stage::Mail, &error);
        connection
            .command(Rcpt::new(self.recipient.clone(), wishes))
            .await
            .map_err(|error| judge(Stage::Recipient, &error))?;
        connection.command(Data).await.map_err(mail)?;
        connection.message(&delivery.bytes).await.map_err(mail)?;
        Ok(())
    }
}
