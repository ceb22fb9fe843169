//! What a relay is asked to report of a mail (RFC 3461), where it offers that.

use lettre::transport::smtp::{
    client::AsyncSmtpConnection,
    commands::Ehlo,
    extension::{ClientId, MailParameter, RcptParameter},
};

use crate::store::Delivery;

/// Asks whether the relay takes wishes: lettre forgets what it does not use itself.
pub(super) async fn is_offered(connection: &mut AsyncSmtpConnection, hello: &ClientId) -> bool {
    match connection.command(Ehlo::new(hello.clone())).await {
        Ok(response) => response
            .message()
            .any(|line| line.eq_ignore_ascii_case("DSN")),
        Err(_) => false,
    }
}

/// The headers of the mail are enough to know it again (section 4.3), and its row in the outbox
/// stands in every report (section 4.4).
pub(super) fn of_mail(delivery: &Delivery) -> Vec<MailParameter> {
    if delivery.envelope_from.is_empty() {
        return Vec::new();
    }
    vec![
        keyword("RET", "HDRS".to_owned()),
        keyword("ENVID", format!("md-{}", delivery.id)),
    ]
}

/// Failures are told; that an agent's answer is late, too (section 4.1). What nobody is to hear of,
/// since its sender is empty, is not to be told at all.
pub(super) fn of_recipient(delivery: &Delivery) -> Vec<RcptParameter> {
    let when = match (delivery.envelope_from.is_empty(), delivery.kind.as_str()) {
        (true, _) => "NEVER",
        (false, "reply") => "FAILURE,DELAY",
        (false, _) => "FAILURE",
    };
    vec![RcptParameter::Other {
        keyword: "NOTIFY".to_owned(),
        value: Some(when.to_owned()),
    }]
}

fn keyword(keyword: &str, value: String) -> MailParameter {
    MailParameter::Other {
        keyword: keyword.to_owned(),
        value: Some(value),
    }
}
