//! The scripted relay.

use super::*;

#[tokio::test]
async fn fake_smtp_takes_a_mail_with_each_kind_of_tls() {
    let (_dir, ca) = authority();
    for tls in [Tls::Implicit, Tls::Starttls, Tls::None] {
        let options = SmtpOptions {
            tls,
            ..Default::default()
        };
        let server = FakeSmtp::start(&ca, options);
        transport(server.account(), &ca)
            .send(letter("a@b.example"))
            .await
            .unwrap();
        let mails = server.wait_for("A@b.example", 1, SOON);
        assert_eq!(mails[0].sender, USER);
        assert_eq!(mails[0].login.as_deref(), Some(USER));
        assert_eq!(mails[0].is_tls, tls != Tls::None);
        assert_eq!(mails[0].subject(), "Проверка");
        assert_eq!(
            mails[0].text().replace("\r\n", "\n"),
            "Здравствуйте.\n.точка в начале\n"
        );
    }
}

#[tokio::test]
async fn fake_smtp_goes_wrong_where_it_is_told_to_and_then_heals() {
    let (_dir, ca) = authority();
    let server = FakeSmtp::start(&ca, SmtpOptions::default());
    server.fault(Fault::reply("RCPT", "450 4.2.0 busy").with("a@b.example"));
    server.fault(Fault::reply(".", "554 5.7.1 spam").with("c@d.example"));
    server.fault(Fault::reply("AUTH", "454 4.7.0 later").connection(3));
    server.fault(Fault::on(".", Act::DoThenClose).with("e@f.example"));
    server.fault(Fault::on("EHLO", Act::Close).connection(5));
    let send = async |to: &str| {
        // a new transport each time: no pooled connection
        let outcome = transport(server.account(), &ca).send(letter(to)).await;
        outcome
            .map(|_| ())
            .map_err(|error| error.status().map(u16::from))
    };
    assert_eq!(send("a@b.example").await, Err(Some(450)));
    assert_eq!(send("c@d.example").await, Err(Some(554)));
    assert_eq!(send("a@b.example").await, Err(Some(454)));
    assert_eq!(server.mails().len(), 0);
    assert_eq!(send("e@f.example").await, Err(None));
    assert_eq!(
        server.mails_to("e@f.example").len(),
        1,
        "taken, but never confirmed"
    );
    assert_eq!(send("a@b.example").await, Err(None));
    assert_eq!(send("a@b.example").await, Ok(()));
    server.fault(Fault::reply("MAIL", "421 4.3.2 closing").always());
    assert_eq!(send("a@b.example").await, Err(Some(421)));
    server.heal();
    assert_eq!(send("a@b.example").await, Ok(()));
    assert_eq!(server.mails_to("a@b.example").len(), 2);
    assert!(
        server
            .commands()
            .iter()
            .all(|line| !line.contains("secret"))
    );
}

#[test]
fn fake_smtp_is_as_strict_as_a_relay() {
    let (_dir, ca) = authority();
    let options = SmtpOptions {
        tls: Tls::Starttls,
        ..Default::default()
    };
    let server = FakeSmtp::start(&ca, options);
    let mut client = Client::connect(server.account().port, None).unwrap();
    assert!(client.smtp("").starts_with("220"));
    client.smtp("EHLO x");
    assert!(
        client
            .smtp("MAIL FROM:<a@b.example>")
            .starts_with("530 5.7.0 must")
    );
    assert!(client.smtp("STARTTLS").starts_with("220"));
    let mut client = client.start_tls(ca.client_config()).unwrap();
    client.smtp("EHLO x");
    assert!(
        client
            .smtp("MAIL FROM:<a@b.example>")
            .starts_with("530 5.7.0 auth")
    );
    assert!(client.smtp("AUTH PLAIN AHgAeQ==").starts_with("535"));
    assert!(client.smtp("AUTH LOGIN").starts_with("334"));
    assert!(
        client
            .smtp("c3VwcG9ydEBleGFtcGxlLmNvbQ==")
            .starts_with("334")
    );
    assert!(client.smtp("c2VjcmV0").starts_with("235"));
    assert!(client.smtp("DATA").starts_with("554"));
    for (body, expected) in [
        ("a: b\r\n\r\nx\ny\r\n.\r\n".to_owned(), "550"),
        (format!("a: b\r\n\r\n{}\r\n.\r\n", "x".repeat(999)), "550"),
        (
            format!("a: b\r\n\r\n{}\r\n..\r\n.\r\n", "x".repeat(998)),
            "250",
        ),
    ] {
        assert!(client.smtp("MAIL FROM:<>").starts_with("250"));
        assert!(client.smtp("RCPT TO:<c@d.example>").starts_with("250"));
        assert!(client.smtp("DATA").starts_with("354"));
        client.send(&body);
        assert!(client.line().starts_with(expected), "{body}");
    }
    assert_eq!(server.mails().len(), 1);
    assert!(server.mails()[0].data.ends_with(b"x\r\n.\r\n"));
}
