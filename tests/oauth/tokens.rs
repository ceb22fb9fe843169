//! Tokens that rotate, end, and must not be lost.

use std::time::Duration;

use maildesk::{config::Config, oauth::Consents, store::Store};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;

use crate::{
    harness::{
        Act, Ca, Canned, Desk, FakeImap, FakeTokens, Fault, ImapOptions, Maildir, eventually, mail,
    },
    place::{SOON, USER, assert_said, customer, question, said, wait_acknowledged},
    scene::{Scene, errors, wait_up, without_password},
};

#[test]
fn a_rotated_token_survives_a_kill_before_its_first_use() {
    let scene = Scene::new();
    let imap = FakeImap::start(
        &scene.ca,
        ImapOptions {
            gate: Some(scene.tokens.gate()),
            ..ImapOptions::default()
        },
    );
    imap.fault(Fault::on("AUTHENTICATE", Act::Stall).always());
    let setup = scene.setup_at(&imap.account(), &scene.tokens.settings());
    let mut desk = setup.start();
    desk.wait_log("there is no consent", SOON);
    let given = scene.tokens.consent();
    desk.cli_text(
        &["auth", "support", "--refresh-token-stdin"],
        format!("{given}\n"),
    );
    let is_logging_in = || {
        let commands = imap.commands();
        commands.iter().any(|one| one.contains("AUTHENTICATE"))
    };
    eventually(SOON, "the access token is used", is_logging_in);
    desk.kill9();
    imap.heal();
    let before = scene.tokens.refreshed_with();
    assert_eq!(before.len(), 2, "once by the command, once by the desk");
    assert_eq!(before[0], given);

    desk.restart();
    wait_up(&desk);
    let all = scene.tokens.refreshed_with();
    assert_eq!(all.len(), 3);
    let mut distinct = all.clone();
    distinct.dedup();
    assert_eq!(distinct, all, "none was used twice");
    assert_eq!(errors(&desk, "has ended"), 0);
    imap.deliver(&question(1));
    wait_acknowledged(&desk, &scene.smtp, [1]);
    scene.tells_no_secret(&desk, "");
}

#[test]
fn an_access_token_that_ends_is_followed_by_another_without_an_alert() {
    let scene = Scene::new();
    scene.tokens.set_life(Duration::from_secs(2));
    let desk = scene.desk();
    let first = scene.tokens.refreshed_with().len();
    // by its time, known to the desk
    scene.tokens.set_life(Duration::from_secs(3600));
    eventually(SOON, "it ends", || !scene.tokens.has_live_token());
    scene.dovecot.kick(USER);
    eventually(SOON, "another token", || scene.tokens.has_live_token());
    wait_up(&desk);
    assert_eq!(scene.tokens.refreshed_with().len(), first + 1);
    // and early, known to the server alone
    scene.tokens.end_access();
    scene.dovecot.kick(USER);
    eventually(SOON, "another token", || scene.tokens.has_live_token());
    wait_up(&desk);
    scene.dovecot.deliver(USER, &question(1));
    wait_acknowledged(&desk, &scene.smtp, [1]);
    assert_eq!(scene.tokens.refreshed_with().len(), first + 2);
    for words in ["has ended", "refuses the token", "maildesk auth"] {
        let after = desk.log();
        let after = after.split("maildesk is ready").last().unwrap();
        assert!(!after.contains(words), "{words}: {after}");
    }
}

#[test]
fn the_old_refresh_token_is_kept_where_no_new_one_comes() {
    let scene = Scene::new();
    scene.tokens.set_rotating(false);
    let mut desk = scene.desk();
    desk.terminate();
    desk.restart();
    wait_up(&desk);
    let used = scene.tokens.refreshed_with();
    assert_eq!(used.len(), 2);
    assert_eq!(used[0], used[1]);
}

#[test]
fn a_token_server_in_trouble_is_asked_again() {
    let scene = Scene::new();
    let html = "<html>refresh-secret-of-a-proxy</html>".to_owned();
    let desk = scene.setup().start();
    desk.wait_log("there is no consent", SOON);
    // the person's code is waited for through the same trouble
    scene
        .tokens
        .next("/token", Canned::Reply(503, html.clone()));
    let auth = desk.cli_output(&["auth", "support"], "");
    assert!(auth.status.success());
    let mut desk = desk;
    wait_up(&desk);
    desk.terminate();
    for canned in [
        Canned::Reply(503, html.clone()),
        Canned::Close,
        Canned::Reply(429, "{}".to_owned()),
        Canned::Reply(200, html),
    ] {
        scene.tokens.next("/token", canned);
    }
    desk.spawn();
    desk.wait_log("is unwell (status 503): trying again later", SOON);
    wait_up(&desk);
    let log = desk.log();
    assert!(log.contains("status 429"), "{log}");
    assert!(log.contains("not what OAuth2 says"), "{log}");
    assert!(!log.contains("refresh-secret-of-a-proxy"), "{log}");
    assert_eq!(said(&desk, "has ended"), 0);
}

/// A desk over a Maildir, of which the relay alone logs in by OAuth2; with consent.
fn relay_alone(scene: &Scene, dir: &TempDir) -> (Desk, Maildir) {
    let maildir = Maildir::new(dir.path().join("Maildir"));
    maildir.create();
    let desk = Desk::setup()
        .maildir("support", maildir.path(), &[])
        .smtp(&without_password(&scene.smtp.account()))
        .set("smtp", "oauth2", &scene.tokens.settings())
        .set("smtp", "max_connections", "1")
        .env("MAILDESK_LOG", "trace")
        .start();
    maildir.deliver(&question(1));
    let words = "there is no consent for smtp yet: run `maildesk auth smtp`";
    desk.wait_log(words, SOON);
    desk.cli_text(&["auth", "smtp"], "");
    wait_acknowledged(&desk, &scene.smtp, [1]);
    (desk, maildir)
}

#[track_caller]
fn each_was_tried_once(desk: &Desk) {
    let rows = desk.cli(&["outbox", "list", "--json"]);
    for row in rows.as_array().unwrap() {
        assert_eq!(row["attempts"], 1, "{row}");
    }
}

#[test]
fn a_relay_alone_logs_in_with_a_consent_of_its_own_and_takes_another_token_once() {
    let (scene, dir) = (Scene::new(), TempDir::new().unwrap());
    let (desk, maildir) = relay_alone(&scene, &dir);
    assert_eq!(scene.tokens.refreshed_with().len(), 1);
    // once the kept connection was closed, the next login finds the token refused
    eventually(SOON, "the connection is closed", || {
        scene.smtp.commands().iter().any(|one| one.contains("QUIT"))
    });
    scene.tokens.end_access();
    maildir.deliver(&question(2));
    scene.smtp.wait_for(&customer(2), 1, SOON);
    assert_eq!(scene.tokens.refreshed_with().len(), 2);
    each_was_tried_once(&desk);
    scene.tells_no_secret(&desk, "");
}

#[test]
fn a_flood_of_mails_asks_a_token_server_in_trouble_as_rarely_as_one_mail() {
    let (scene, dir) = (Scene::new(), TempDir::new().unwrap());
    let (mut desk, maildir) = relay_alone(&scene, &dir);
    desk.terminate();
    for number in 2..=30 {
        maildir.deliver(&question(number));
    }
    let before = scene.tokens.asked("/token").len();
    for _ in 0..3 {
        let trouble = Canned::Reply(503, String::new());
        scene.tokens.next("/token", trouble);
    }
    desk.spawn();
    let words = "sending waits: the token server localhost is unwell (status 503)";
    desk.wait_log(words, SOON);
    wait_acknowledged(&desk, &scene.smtp, 1..=30);
    assert_eq!(scene.tokens.asked("/token").len(), before + 4);
    assert_said(&desk, words, 1);
    each_was_tried_once(&desk);
}

#[test]
fn a_relay_that_takes_no_token_uses_up_few_of_them() {
    let (scene, dir) = (Scene::new(), TempDir::new().unwrap());
    let (mut desk, maildir) = relay_alone(&scene, &dir);
    desk.terminate();
    let before = scene.tokens.refreshed_with().len();
    let refusal = Fault::reply("AUTH", "535 5.7.139 SmtpClientAuthentication is disabled");
    scene.smtp.fault(refusal.always());
    for number in 2..=12 {
        maildir.deliver(&question(number));
    }
    desk.spawn();
    eventually(SOON, "each was tried", || {
        let rows = desk.cli(&["outbox", "list", "--json"]);
        let rows = rows.as_array().unwrap().iter();
        let tried = rows.filter(|row| row["last_error"].to_string().contains("535"));
        match tried.count() {
            11 => Ok(()),
            count => Err(count.to_string()),
        }
    });
    let asked = scene.tokens.refreshed_with().len() - before;
    assert_eq!(asked, 2, "the first one, and one more to be sure");
}

#[test]
fn a_stop_in_the_middle_of_asking_loses_no_token() {
    let scene = Scene::new();
    let mut desk = scene.desk();
    desk.terminate();
    let before = scene.tokens.refreshed_with().len();
    scene
        .tokens
        .next("/token", Canned::Delay(Duration::from_secs(2)));
    desk.spawn();
    eventually(SOON, "the provider is asked", || {
        scene.tokens.refreshed_with().len() > before
    });
    assert_eq!(desk.terminate(), 0);
    desk.restart();
    wait_up(&desk);
    let used = scene.tokens.refreshed_with();
    let mut distinct = used.clone();
    distinct.dedup();
    assert_eq!(distinct, used, "none was used twice");
}

#[test]
fn an_app_with_a_secret_of_its_own_needs_no_person() {
    let scene = Scene::new();
    let oauth2 = scene
        .tokens
        .settings_with(", grant = \"client_credentials\"");
    let setup = scene.setup_at(&scene.dovecot.account(USER), &oauth2);
    let mut desk = setup.start();
    desk.wait_ready();
    scene.dovecot.deliver(
        USER,
        &mail::plain("a <a@shop.example>", USER, "x", &[], "The export fails."),
    );
    scene.smtp.wait_for("a@shop.example", 1, SOON);
    let said = desk.cli_text(&["auth", "support"], "");
    assert!(said.contains("no consent is needed"), "{said}");
    scene.tells_no_secret(&desk, &said);
}

/// A store with a consent, and its settings.
async fn library(dir: &TempDir, tokens: &FakeTokens) -> (Config, Store) {
    let text = format!(
        "[desk]\naddress = \"support@example.com\"\n[storage]\npath = \"desk.db\"\n[smtp]\nhost = \
         \"localhost\"\n[[mailbox]]\nname = \"support\"\nhost = \"localhost\"\nusername = \
         \"support@example.com\"\noauth2 = {}\n",
        tokens.settings()
    );
    let config = Config::parse("c.toml", &text, dir.path(), &|_| None).unwrap();
    let store = Store::open(&config.storage.path).unwrap();
    let given = SecretString::from(tokens.consent());
    let give = move |pen: &maildesk::store::Pen<'_>| pen.give_consent("support", &given);
    store.write(give).await.unwrap();
    (config, store)
}

#[tokio::test(flavor = "multi_thread")]
async fn many_ask_and_one_refreshes_in_this_process_and_beside_it() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let tokens = FakeTokens::start(&ca, USER);
    let (config, store) = library(&dir, &tokens).await;
    tokens.next("/token", Canned::Delay(Duration::from_millis(300)));
    // as two processes: each has its own memory, and the database is all that they share
    let here = Consents::new(&config, Some(&store));
    let there = Consents::new(&config, Some(&Store::open(store.path()).unwrap()));
    let wanted = config.consents().remove(0).clone();
    let asking: Vec<_> = (0..8)
        .map(|number| {
            let consents = if number % 2 == 0 { &here } else { &there };
            let consent = consents.of(&wanted);
            tokio::spawn(async move { consent.access_token().await })
        })
        .collect();
    let mut got = std::collections::BTreeSet::new();
    for one in asking {
        let token = one.await.unwrap().unwrap();
        assert!(tokens.gate().admits(USER, token.secret().expose_secret()));
        got.insert(token.secret().expose_secret().to_owned());
    }
    assert_eq!(got.len(), 2, "one for each process");
    let used = tokens.refreshed_with();
    assert_eq!(used.len(), 2);
    assert_ne!(
        used[0], used[1],
        "the second one used what the first one got"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_read_whole_and_of_a_bounded_size_or_not_at_all() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let tokens = FakeTokens::start(&ca, USER);
    tokens.set_rotating(false);
    let (config, store) = library(&dir, &tokens).await;
    let large = format!("{{\"access_token\":\"{}\"}}", "x".repeat(300 << 10));
    for (canned, words) in [
        (Canned::Reply(200, large), "larger than 256 KiB"),
        (Canned::Cut(150), "asking localhost"),
        (Canned::Cut(0), "asking localhost"),
        (Canned::Reply(302, String::new()), "status 302"),
    ] {
        tokens.next("/token", canned.clone());
        // one of its own: this one would leave the server alone for a while now
        let consents = Consents::new(&config, Some(&store));
        let consent = consents.of(config.consents()[0]);
        let error = consent.access_token().await.unwrap_err().to_string();
        assert!(error.contains(words), "{canned:?}: {error}");
        let asked = tokens.refreshed_with().len();
        let again = consent.access_token().await.unwrap_err().to_string();
        assert_eq!(again, error);
        assert_eq!(tokens.refreshed_with().len(), asked, "left alone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_could_not_be_stored_is_stored_before_anything_else() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let tokens = FakeTokens::start(&ca, USER);
    let (config, store) = library(&dir, &tokens).await;
    // the disk is full from the answer on
    let admin = rusqlite::Connection::open(store.path()).unwrap();
    let full = "CREATE TRIGGER full BEFORE UPDATE OF refresh_token ON consents \
                BEGIN SELECT RAISE(ABORT, 'full'); END";
    admin.execute_batch(full).unwrap();
    let consents = Consents::new(&config, Some(&store));
    let consent = consents.of(config.consents()[0]);
    for _ in 0..3 {
        let error = consent.access_token().await.unwrap_err().to_string();
        assert!(error.starts_with("keeping the token"), "{error}");
    }
    assert_eq!(tokens.refreshed_with().len(), 1, "the only token is held");
    admin.execute_batch("DROP TRIGGER full").unwrap();
    let token = consent.access_token().await.unwrap();
    assert!(tokens.gate().admits(USER, token.secret().expose_secret()));
    assert_eq!(tokens.refreshed_with().len(), 1);
    // what is stored is what counts
    let again = Consents::new(&config, Some(&store));
    let again = again.of(config.consents()[0]);
    again.access_token().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gives_up_waiting_loses_no_token() {
    let dir = TempDir::new().unwrap();
    let ca = Ca::new(dir.path());
    let tokens = FakeTokens::start(&ca, USER);
    let (config, store) = library(&dir, &tokens).await;
    tokens.next("/token", Canned::Delay(Duration::from_millis(500)));
    let consents = Consents::new(&config, Some(&store));
    let consent = consents.of(config.consents()[0]);
    let asking = consent.access_token();
    let given_up = tokio::time::timeout(Duration::from_millis(100), asking).await;
    assert!(given_up.is_err());
    consents.settled().await;
    let stored = store.read(|view| view.consent("support")).await.unwrap();
    assert_eq!(stored.unwrap().generation, 2);
    assert!(consent.access_token().await.unwrap().was_at_hand);
    assert_eq!(tokens.refreshed_with().len(), 1);
}
