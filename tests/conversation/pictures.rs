//! Customers with a picture first: where the admin names a server that knows.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use ring::digest::{SHA256, digest};

use crate::{
    harness::{DeskSetup, mail::plain},
    story::{DESK, Story},
};

const RULE: &str = r#"[[rule]]
id = "picture"
when = { exists = true, field = "customer.has_avatar" }
then = { tags = ["picture"] }
"#;

/// A server that has Olga's picture; `None`: one that takes questions and never answers. Returns
/// its address and the paths that it was asked for.
fn server(answers: bool) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("\"http://{}/avatar\"", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    let olga: String = digest(&SHA256, b"olga@shop.example")
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            BufReader::new(&stream).read_line(&mut line).unwrap();
            let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
            seen.lock().unwrap().push(path.clone());
            if !answers {
                open.push(stream);
                continue;
            }
            let status = match path.starts_with(&format!("/avatar/{olga}?")) {
                true => "200 OK",
                false => "404 Not Found",
            };
            let _ = write!(stream, "HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        }
    });
    (url, asked)
}

fn with_rule(setup: DeskSetup, url: &str) -> DeskSetup {
    let rules = setup.dir().join("rules");
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("picture.toml"), RULE).unwrap();
    setup
        .set("rules", "directory", "\"rules\"")
        .set("rules", "avatars", url)
}

fn tags(story: &Story, from: &str, id: &str) -> serde_json::Value {
    let id = format!("Message-ID: <{id}@shop.example>");
    story.tell(&plain(
        from,
        DESK,
        "A question",
        &[&id],
        "Hello, a question.",
    ));
    let number = story.desk.tickets().len() as i64;
    story.desk.ticket(number)["tags"].clone()
}

#[test]
fn a_server_of_pictures_is_asked_where_the_admin_names_one() {
    let (url, asked) = server(true);
    let story = Story::new(|setup| with_rule(setup, &url));
    let yes = serde_json::json!(["picture"]);
    let no = serde_json::json!([]);
    assert_eq!(tags(&story, "Olga <Olga@Shop.example>", "a"), yes);
    assert_eq!(tags(&story, "petro@shop.example", "b"), no);
    assert_eq!(tags(&story, "olga@shop.example", "c"), yes);
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 2, "an answer is remembered: {asked:?}");
    assert!(asked.iter().all(|path| !path.contains("shop")), "{asked:?}");
}

#[test]
fn a_server_that_does_not_answer_costs_no_mail_and_is_left_alone() {
    let (url, asked) = server(false);
    let story = Story::new(|setup| with_rule(setup, &url));
    for id in ["a", "b", "c"] {
        let tags = tags(&story, "olga@shop.example", id);
        assert_eq!(tags, serde_json::json!([]));
    }
    let line = story
        .desk
        .wait_log("server of pictures", Duration::from_secs(10));
    assert!(line.contains("no answer in time"), "{line}");
    assert_eq!(story.desk.log().matches("server of pictures").count(), 1);
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert_eq!(story.desk.tickets().len(), 3);
}
