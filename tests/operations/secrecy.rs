//! The log is read by more people than the mail is.

use crate::{
    harness::{Account, Desk, DovecotOptions, Fault, mail},
    place::{Place, SOON, USER, wait_settled},
};

const PASSWORD: &str = "hunter2-very-secret";
const PHRASE: &str = "поставщика зависла на сорока процентах";

#[test]
fn no_secret_no_customer_and_no_text_is_in_the_log() {
    let place = Place::with(DovecotOptions {
        users: vec![(USER.into(), PASSWORD.into())],
        ..DovecotOptions::default()
    });
    // replies that quote the address, as servers do
    place.smtp.fault(Fault::reply(
        "RCPT",
        "451 4.2.0 <olga@shop.example> greylisted",
    ));
    place
        .smtp
        .fault(Fault::reply("RCPT", "550 5.1.1 <olga@shop.example> unknown").skip(1));
    let smtp = Account {
        password: "secret".into(),
        ..place.smtp.account()
    };
    let mut desk = Desk::setup()
        .mailbox_with(
            "support",
            &place.dovecot.account(USER),
            &[("after", "\"seen\"")],
        )
        .smtp(&smtp)
        .env("MAILDESK_LOG", "maildesk=debug")
        .start();
    for number in 1..=3 {
        place.deliver(&mail::plain(
            "Ольга <olga@shop.example>",
            USER,
            &format!("Импорт прайса {number}: тема письма"),
            &[&format!("Message-ID: <import-{number}@shop.example>")],
            &format!("Загрузка прайса {PHRASE}. Заказ {number}."),
        ));
        wait_settled(&desk, number);
    }
    place.smtp.wait_for("olga@shop.example", 1, SOON);
    desk.cli_text(&["ticket", "reply", "1"], "ответ оператора целиком");
    place.smtp.wait_for("olga@shop.example", 2, SOON);
    // a mail without sense, a kick, a reload, an end
    place.deliver(b"\xff\xfe: <olga@shop.example>\r\n\r\n\xd0\xd0");
    wait_settled(&desk, 4);
    place.dovecot.kick(USER);
    desk.hup();
    desk.wait_log("were read again", SOON);
    assert_eq!(desk.terminate(), 0);
    let log = desk.log();
    assert!(log.contains("DEBUG"), "{log}");
    let signer = std::fs::read_to_string(desk.dir().join("secret")).unwrap_or_default();
    for secret in [
        PASSWORD,
        "olga@shop.example",
        PHRASE,
        "тема письма",
        "ответ оператора",
    ] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    assert!(signer.trim().is_empty() || !log.contains(signer.trim()));
}
