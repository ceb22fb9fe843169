//! What the subjects of bounces start with. They count only beside a null return path or the
//! address of a postmaster: "undelivered parcel" is a customer's subject too.

/// Beginnings, lower case.
const STARTS: &[&str] = &[
    // Postfix, Exim, sendmail, qmail, Gmail, Exchange, Domino, Courier, PowerMTA and others
    "undelivered mail returned",
    "undeliverable",
    "undelivered",
    "delivery status notification",
    "delivery status",
    "delivery report",
    "mail delivery failed",
    "mail delivery failure",
    "mail delivery system",
    "mail delivery error",
    "mail delivery problem",
    "mail could not be delivered",
    "mail could not be delivered",
    "message could not be delivered",
    "message delivery failure",
    "message status - undeliverable",
    "delivery failure",
    "delivery failed",
    "delivery notification",
    "delivery problem",
    "delivery delayed",
    "delayed mail",
    "delayed:",
    "failure notice",
    "failure delivery",
    "failed mail",
    "failed delivery",
    "returned mail",
    "returned to sender",
    "message not delivered",
    "mail not delivered",
    "email not delivered",
    "mail system error",
    "warning: message",
    "warning: could not send message",
    "warning: mail delayed",
    "mail failure",
    "nondeliverable mail",
    "non deliverable",
    "delivery has failed",
    "non-delivery",
    "ndn:",
    "rejected:",
    "user unknown",
    "postmaster notify",
    // Russian: Yandex, Mail.ru, Exchange
    "не удается доставить",
    "не удаётся доставить",
    "не удалось доставить",
    "невозможно доставить",
    "недоставленное сообщение",
    "недоставленное письмо",
    "недоставлено",
    "не доставлено",
    "сообщение не доставлено",
    "письмо не доставлено",
    "ваше письмо не доставлено",
    "ошибка доставки",
    "ошибка при доставке",
    "уведомление о недоставке",
    "уведомление о доставке",
    "отчет о недоставке",
    "задержка доставки",
    "доставка задержана",
    "возврат письма",
    // Ukrainian
    "не вдалося доставити",
    "неможливо доставити",
    "недоставлений лист",
    "недоставлене повідомлення",
    "не доставлено",
    "лист не доставлено",
    "помилка доставки",
    "сповіщення про недоставку",
    // others: Exchange and web mails
    "unzustellbar",
    "zustellung fehlgeschlagen",
    "nicht zustellbar",
    "non remis",
    "échec de la remise",
    "no se puede entregar",
    "error de entrega",
    "impossibile recapitare",
    "mancato recapito",
    "niedostarczalne",
    "niedostarczono",
    "não é possível entregar",
    "onbestelbaar",
    "kan inte levereras",
    "olevererbart",
    "kan ikke leveres",
    "nelze doručit",
    "teslim edilemedi",
    "系统退信",
    "退信",
    "无法送达",
    "配信不能",
    "配信不可",
];

/// Whether a subject is one of a bounce.
pub(in crate::message) fn is_bounce_subject(subject: &str) -> bool {
    let lower = subject.to_lowercase();
    let start = lower.trim_start_matches(['*', '[', '"', ' ']);
    STARTS.iter().any(|known| start.starts_with(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects() {
        assert!(is_bounce_subject("Undeliverable: order 5"));
        assert!(is_bounce_subject("Не вдалося доставити повідомлення"));
        assert!(is_bounce_subject("*** Warning: message still undelivered"));
        assert!(!is_bounce_subject("Re: Undeliverable goods"));
        assert!(!is_bounce_subject("My order was not delivered"));
    }
}
