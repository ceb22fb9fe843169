//! What goes out when the relay is down, slow, or says no.

use std::time::Duration;

use serde_json::Value;

use crate::{
    harness::{
        Act, Desk, FakeSmtp, Fault, Postfix, SmtpOptions, SmtpSink, Tls, eventually, free_port,
        mail,
    },
    place::{Place, SOON, USER, but, customer, question, wait_acknowledged},
};

fn row(desk: &Desk) -> Value {
    let rows = desk.cli(&["outbox", "list", "--json"]);
    rows[0].clone()
}

#[track_caller]
fn wait_row(desk: &Desk, state: &str, attempts: u64) -> Value {
    eventually(SOON, &format!("{state} after {attempts} attempts"), || {
        let row = row(desk);
        let is_so = row["state"] == state && row["attempts"] == attempts;
        if is_so { Ok(row) } else { Err(row.to_string()) }
    })
}

#[test]
fn a_mail_that_is_refused_for_now_is_tried_again_as_the_same_mail() {
    let place = Place::new();
    place
        .smtp
        .fault(Fault::reply("RCPT", "451 4.3.0 try again later").times(2));
    let desk = place.desk(&[]);
    place.deliver(&question(1));
    let first = wait_row(&desk, "pending", 1);
    assert!(
        first["last_error"].to_string().contains("451 4.3.0"),
        "{first}"
    );
    let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let pause = time(&first["next_attempt_at"]).duration_since(jiff::Timestamp::now());
    assert!((20..=70).contains(&pause.as_secs()), "{first}");

    desk.cli_text(&["outbox", "retry", &first["id"].to_string()], "");
    let second = wait_row(&desk, "pending", 2);
    desk.cli_text(&["outbox", "retry", "--all"], "");
    let third = wait_row(&desk, "sent", 3);
    assert_eq!(first["message_id"], second["message_id"]);
    let sent = place.smtp.wait_for(&customer(1), 1, SOON).remove(0);
    let id = third["message_id"].as_str().unwrap();
    assert_eq!(sent.header("Message-ID").trim_matches(['<', '>']), id);
    assert_eq!(first["message_id"], id);
    assert_eq!(place.smtp.mails().len(), 1);
}

#[test]
fn a_mail_that_is_refused_for_good_is_told_in_the_ticket_which_goes_on() {
    let place = Place::new();
    place
        .smtp
        .fault(Fault::reply("RCPT", "550 5.1.1 no such user"));
    let desk = place.desk(&[]);
    place.deliver(&question(1));
    let row = wait_row(&desk, "failed", 1);
    assert!(row["last_error"].to_string().contains("5.1.1"), "{row}");
    let ticket = desk.ticket(1);
    assert_eq!(ticket["status"], "open");
    let events = ticket["events"].as_array().unwrap();
    let told = events
        .iter()
        .find(|event| event["detail"].to_string().contains("5.1.1"));
    assert!(told.is_some(), "{events:?}");
    let ready = desk.get("/readyz");
    let ready: Value = serde_json::from_str(&ready.body).unwrap();
    let failures = serde_json::json!([
        { "id": 1, "kind": "acknowledgement", "ticket": 1, "code": "550 5.1.1" }
    ]);
    assert_eq!(ready["outbox"]["failures"], failures);
    assert_eq!(desk.metric("maildesk_outbox_failed"), 1.0);
    // an agent may still write to the customer
    desk.cli_text(
        &["ticket", "reply", "1"],
        "Here is the state of your order.",
    );
    let reply = place.smtp.wait_for(&customer(1), 1, SOON).remove(0);
    assert!(
        reply.text().contains("state of your order"),
        "{}",
        reply.text()
    );
    desk.wait_outbox_empty(SOON);
}

#[test]
fn a_relay_that_is_down_does_not_hold_up_the_intake() {
    let place = Place::new();
    let port = free_port();
    let account = but(place.smtp.account(), |account| account.port = port);
    let desk = Desk::setup()
        .mailbox("support", &place.dovecot.account(USER))
        .smtp(&account)
        .start();
    for number in 1..=5 {
        place.deliver(&question(number));
    }
    desk.wait_tickets(5, SOON);
    let pending = |desk: &Desk| {
        let rows = desk.cli(&["outbox", "list", "--json"]);
        let rows = rows.as_array().unwrap().clone();
        rows.iter()
            .filter(|row| row["state"] == "pending" && row["attempts"] == 1)
            .count()
    };
    eventually(SOON, "each was tried once", || pending(&desk) == 5);
    assert_eq!(desk.get("/readyz").status, 200);

    let smtp = FakeSmtp::start(
        &place.ca,
        SmtpOptions {
            port: Some(port),
            ..SmtpOptions::default()
        },
    );
    desk.cli_text(&["outbox", "retry", "--all"], "");
    wait_acknowledged(&desk, &smtp, 1..=5);
    let mut ids: Vec<String> = smtp
        .mails()
        .iter()
        .map(|mail| mail.header("Message-ID"))
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[test]
fn many_mails_share_few_connections() {
    let place = Place::new();
    let desk = place.desk(&[]);
    for number in 1..=20 {
        place.deliver(&question(number));
    }
    wait_acknowledged(&desk, &place.smtp, 1..=20);
    let connections = place.smtp.connections();
    assert!(connections <= 4, "{connections} connections for 20 mails");
}

#[test]
fn a_connection_that_the_relay_closed_meanwhile_costs_no_attempt() {
    let place = Place::new();
    let desk = place.desk(&[]);
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
    // the relay gives up the kept connection: at its next command it only says 421
    place
        .smtp
        .fault(Fault::reply("NOOP", "421 4.4.2 idle for too long"));
    std::thread::sleep(Duration::from_millis(600));
    place.deliver(&question(2));
    wait_acknowledged(&desk, &place.smtp, [1, 2]);
    let rows = desk.cli(&["outbox", "list", "--json"]);
    let attempts: Vec<&Value> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["attempts"])
        .collect();
    assert_eq!(attempts, [1, 1]);
}

#[test]
fn a_relay_that_takes_one_mail_a_connection_delays_none() {
    for ends in [
        Act::Reply("421 4.7.0 one mail a connection".into()),
        Act::Close,
    ] {
        let place = Place::new();
        let desk = place.desk(&[]);
        place.deliver(&question(1));
        wait_acknowledged(&desk, &place.smtp, [1]);
        place.smtp.fault(Fault::on("MAIL", ends.clone()));
        place.deliver(&question(2));
        wait_acknowledged(&desk, &place.smtp, [1, 2]);
        let rows = desk.cli(&["outbox", "list", "--json"]);
        let attempts: Vec<&Value> = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["attempts"])
            .collect();
        assert_eq!(attempts, [1, 1], "{ends:?}");
        assert_eq!(place.smtp.connections(), 2, "{ends:?}");
        assert!(!desk.log().contains("delayed"), "{}", desk.log());
    }
}

#[test]
fn a_wrong_smtp_password_is_the_desks_trouble_and_no_mails() {
    let place = Place::new();
    let account = but(place.smtp.account(), |account| {
        account.password = "wrong".into()
    });
    let desk = Desk::setup()
        .mailbox("support", &place.dovecot.account(USER))
        .smtp(&account)
        .start();
    place.deliver(&question(1));
    let row = wait_row(&desk, "pending", 1);
    assert!(row["last_error"].to_string().contains("535"), "{row}");
    assert!(!desk.log().contains("wrong"), "{}", desk.log());
}

#[test]
fn a_real_relay_takes_acknowledgement_and_answer_and_brings_the_customers_reply() {
    if Postfix::is_skipped() {
        return;
    }
    for tls in [Tls::Starttls, Tls::Implicit] {
        let place = Place::new();
        let world = SmtpSink::start();
        let postfix = Postfix::start(&place.ca, &place.dovecot, world.port);
        let desk = Desk::setup()
            .mailbox("support", &place.dovecot.account(USER))
            .smtp(&postfix.account(tls, &place.dovecot, USER))
            .start();
        place.deliver(&question(1));
        let acknowledgement = world.wait_for(1, SOON).remove(0);
        assert_eq!(acknowledgement.recipients, [customer(1)]);
        assert_eq!(acknowledgement.sender, "");
        desk.cli_text(
            &["ticket", "reply", "1"],
            "Here is the state of your order.",
        );
        let answer = world.wait_for(2, SOON).remove(1);
        assert_eq!(answer.recipients, [customer(1)]);
        let (subject, text) = mail::decoded(&answer.data);
        assert!(subject.contains("[#1]"), "{subject}");
        assert!(text.contains("state of your order"), "{text}");

        // the customer's mail program answers to what Reply-To or From says, with our Message-ID
        let to = mail::header(&answer.data, "Reply-To")
            .or_else(|| mail::header(&answer.data, "From"))
            .unwrap();
        let id = mail::header(&answer.data, "Message-ID").unwrap();
        let reply = mail::plain(
            &customer(1),
            &to,
            &format!("Re: {subject}"),
            &[
                "Message-ID: <thanks-1@shop.example>",
                &format!("In-Reply-To: {id}"),
            ],
            "And when does it arrive?",
        );
        let address = to.rsplit('<').next().unwrap().trim_matches(['<', '>']);
        let mut world_side = crate::harness::Client::connect(postfix.smtp, None).unwrap();
        for line in [
            "",
            "EHLO mx.shop.example",
            &format!("MAIL FROM:<{}>", customer(1)),
            &format!("RCPT TO:<{address}>"),
            "DATA",
        ] {
            let said = world_side.smtp(line);
            assert!(said.starts_with(['2', '3']), "{line}: {said}");
        }
        world_side.send(&reply);
        assert!(world_side.smtp(".").starts_with("250"));
        eventually(SOON, "the answer is in the ticket", || {
            let ticket = desk.ticket(1);
            let messages = ticket["messages"].to_string();
            if messages.contains("when does it arrive") {
                Ok(())
            } else {
                Err(messages)
            }
        });
        assert_eq!(desk.tickets().len(), 1);
        assert_eq!(desk.ticket(1)["status"], "open");
        let log = postfix.log();
        assert!(log.contains("sasl_username=support@example.com"), "{log}");
    }
}
