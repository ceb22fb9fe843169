//! What strangers claim, and what they would have the desk do.

use std::{io::ErrorKind, net::TcpListener};

use super::agent_answers::{PROOF, answer_to, by_mail, question};
use crate::{
    harness::mail::plain,
    story::{DESK, SOON, Story, addresses},
};

#[test]
fn headers_in_our_own_name_mean_nothing() {
    let story = Story::new(|setup| {
        let rules = setup.dir().join("rules");
        std::fs::create_dir_all(&rules).unwrap();
        let rule = |id: &str, header: &str| {
            format!(
                "[[rule]]\nid = \"{id}\"\nwhen = {{ field = \"header.{header}\", exists = true }}\n\
                 then = {{ tags = [\"{id}\"] }}\n"
            )
        };
        let both = rule("ours", "X-Maildesk-Vip") + &rule("theirs", "X-Shop-Vip");
        std::fs::write(rules.join("10.toml"), both).unwrap();
        setup.set("rules", "directory", "\"rules\"")
    });
    story.tell(&plain(
        "Ivan <ivan@shop.example>",
        DESK,
        "Hello",
        &[
            "X-Maildesk-Vip: yes",
            "x-maildesk-ticket: 7",
            "X-MAILDESK-Agent: anna@example.com",
            "X-Shop-Vip: yes",
        ],
        "Hello, where is my order?",
    ));
    assert_eq!(story.desk.ticket(1)["tags"], serde_json::json!(["theirs"]));
    assert_eq!(story.desk.ticket(1)["messages"][0]["kind"], "customer");
}

#[test]
fn a_reply_to_makes_nobody_of_the_desk_a_customer() {
    let story = Story::new(by_mail);
    let wanted = ["anna@example.com", DESK, "support+r1-abc@example.com"];
    for (number, reply_to) in (1..).zip(wanted) {
        story.tell(&plain(
            &format!("Eve <eve{number}@evil.example>"),
            DESK,
            "Hello",
            &[
                &format!("Message-ID: <e{number}@evil.example>"),
                &format!("Reply-To: {reply_to}"),
            ],
            &format!("Hello, this is mail {number}."),
        ));
        let ticket = story.desk.ticket(number);
        let eve = format!("eve{number}@evil.example");
        assert_eq!(ticket["requester"]["address"], eve.as_str());
        assert_eq!(addresses(&ticket["participants"]), [eve]);
        story.answer(number, "Who are you?", &[]);
    }
    story.desk.wait_outbox_empty(SOON);
    for kind in ["reply", "acknowledgement"] {
        let written = story.written(kind);
        assert_eq!(written.len(), 3);
        assert!(
            written.iter().all(|to| to.starts_with("eve")),
            "{written:?}"
        );
    }
}

#[test]
fn the_tokens_of_an_agent_who_left_are_worth_nothing() {
    let story = Story::new(by_mail);
    story.tell(&question("one", "Hello, where is order 5?"));
    let annas = story.sent("anna@example.com", 1);
    let config = std::fs::read_to_string(story.desk.config()).unwrap();
    let without = config.replace("anna@example.com", "olha@example.com");
    std::fs::write(story.desk.config(), without).unwrap();
    story.desk.hup();
    story.desk.wait_log("were read again", SOON);
    let filed = story.tell(&answer_to(
        &annas,
        "a1",
        &[PROOF],
        "#close\nIt leaves today.",
    ));
    assert_eq!(
        (filed.reason.as_str(), filed.ticket),
        ("stranger_points_to_ticket", Some(2))
    );
    let ticket = story.desk.ticket(1);
    assert_eq!(ticket["status"], "open");
    assert_eq!(addresses(&ticket["participants"]), ["ivan@shop.example"]);
    assert!(story.written("reply").is_empty());
}

#[test]
fn nothing_that_a_mail_points_to_is_fetched() {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let url = format!("http://{}", trap.local_addr().unwrap());
    let story = Story::new(|setup| setup);
    let mail = format!(
        "From: Ivan <ivan@shop.example>\nTo: {DESK}\nSubject: {url}/subject\n\
         Message-ID: <trap@shop.example>\nList-Unsubscribe: <{url}/leave>\n\
         Disposition-Notification-To: ivan@shop.example\n\
         MIME-Version: 1.0\nContent-Type: multipart/related; boundary=\"b\"\n\n\
         --b\nContent-Type: text/html; charset=utf-8\n\n\
         <html><head><link rel=stylesheet href=\"{url}/a.css\"><base href=\"{url}/\"></head>\
         <body background=\"{url}/b.png\">Hello, <img src=\"{url}/c.png\"> see \
         <a href=\"{url}/d\">this</a><iframe src=\"{url}/e\"></iframe></body></html>\n\n\
         --b\nContent-Type: message/external-body; access-type=URL; URL=\"{url}/f\"\n\n\
         Content-Type: text/plain\n\n\
         --b\nContent-Type: image/svg+xml; name=\"g.svg\"\n\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"{url}/h.png\"/></svg>\n\n--b--\n"
    );
    story.tell(mail.replace('\n', "\r\n").as_bytes());
    story.sent("ivan@shop.example", 1);
    let page = story.desk.cli_text(&["ticket", "show", "1"], "");
    assert!(page.contains("Hello"), "{page}");
    let safe = story.desk.cli_text(&["ticket", "html", "1", "1"], "");
    for loaded in ["a.css", "b.png", "c.png", "<iframe", "<link", "<base"] {
        assert!(!safe.contains(loaded), "{loaded}: {safe}");
    }
    story.answer(1, "Thank you.", &[]);
    story.desk.wait_outbox_empty(SOON);
    assert_eq!(story.outbox().len(), 2, "nor is a receipt sent");
    let heard = trap.accept().map(|_| ()).map_err(|error| error.kind());
    assert_eq!(heard, Err(ErrorKind::WouldBlock), "something came for it");
}

#[test]
fn an_attachment_is_handed_out_as_bytes_whatever_its_name() {
    let story = Story::new(|setup| setup);
    let mail = format!(
        "From: Ivan <ivan@shop.example>\nTo: {DESK}\nSubject: A file\n\
         Message-ID: <file@shop.example>\nMIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain\n\nHere it is.\n\n\
         --b\nContent-Type: text/html; name=\"../../etc/cron.d/evil.html\"\n\
         Content-Disposition: attachment; filename=\"../../etc/cron.d/evil.html\"\n\n\
         <script>alert(1)</script>\n--b--\n"
    );
    story.tell(mail.replace('\n', "\r\n").as_bytes());
    let name = story.desk.ticket(1)["messages"][0]["attachments"][0]["name"].clone();
    let name = name.as_str().unwrap();
    assert!(!name.contains('/') && !name.starts_with('.'), "{name}");
    let files = || {
        let entries = std::fs::read_dir(story.desk.dir()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = files();
    let output = story
        .desk
        .cli_output(&["ticket", "attachment", "1", "1", "1"], "");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown.trim_end(), "<script>alert(1)</script>");
    assert_eq!(files(), before);
}
