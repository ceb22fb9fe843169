//! SIGHUP, and files that are wrong.

use std::fs;

use crate::{
    harness::{Desk, eventually},
    place::{Place, SOON, assert_said, customer, question, said, wait_acknowledged},
};

/// A rule with a misspelt word in its third line.
const MISSPELT: &str = "[[rule]]
id = \"orders\"
when = { contians = \"order\" }
then = { category = \"third\" }
";

fn rule(category: &str) -> String {
    format!(
        "[[rule]]\nid = \"orders\"\ndescription = \"Orders\"\nwhen = {{ contains = \"order\" }}\n\
         then = {{ category = \"{category}\" }}\n"
    )
}

#[test]
fn a_broken_rule_file_is_told_and_the_old_rules_go_on() {
    let place = Place::new();
    let setup = place.setup(&[]);
    let file = setup.dir().join("rules/orders.toml");
    fs::create_dir(setup.dir().join("rules")).unwrap();
    fs::write(&file, rule("first")).unwrap();
    let mut desk = setup.set("rules", "directory", "\"rules\"").start();
    let category = |desk: &Desk, number: usize| {
        place.deliver(&question(number));
        wait_acknowledged(desk, &place.smtp, 1..=number);
        desk.tickets()[number - 1]["category"].clone()
    };
    assert_eq!(category(&desk, 1), "first");

    fs::write(&file, MISSPELT).unwrap();
    desk.hup();
    let line = desk.wait_log("not reloaded", SOON);
    assert!(line.contains("orders.toml:3"), "{line}");
    assert!(line.contains("contians"), "{line}");
    assert_eq!(category(&desk, 2), "first");
    assert!(desk.is_running());

    fs::write(&file, rule("second")).unwrap();
    desk.hup();
    desk.wait_log("were read again", SOON);
    assert_eq!(category(&desk, 3), "second");

    let config = fs::read_to_string(desk.config()).unwrap();
    desk.edit("desk", "languag", "\"ru\"");
    desk.hup();
    desk.wait_log("languag", SOON);
    place.deliver(&question(4));
    place.smtp.wait_for(&customer(4), 1, SOON);
    fs::write(desk.config(), config).unwrap();
    assert_eq!(desk.tickets()[3]["category"], "second");
    assert_said(&desk, "were read again", 1);
}

#[test]
fn an_edited_rule_counts_by_itself_and_a_slip_is_seen_in_readyz() {
    let place = Place::new();
    let setup = place.setup(&[]);
    let file = setup.dir().join("rules/orders.toml");
    fs::create_dir(setup.dir().join("rules")).unwrap();
    fs::write(&file, rule("first")).unwrap();
    let desk = setup.set("rules", "directory", "\"rules\"").start();
    let faults = || -> Vec<String> {
        let ready = desk.get("/readyz").json();
        let faults = ready["settings"]["faults"].as_array().unwrap().clone();
        faults
            .iter()
            .map(|fault| fault.as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(faults(), [""; 0]);

    fs::write(&file, MISSPELT).unwrap();
    let fault = eventually(SOON, "the slip is seen", || faults().first().cloned());
    assert!(
        fault.contains("orders.toml:3") && fault.contains("contains"),
        "{fault}"
    );
    assert_eq!(desk.get("/readyz").status, 200, "the old rules go on");

    fs::write(&file, rule("second")).unwrap();
    eventually(SOON, "the edit is taken", || {
        faults().is_empty().then_some(())
    });
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
    assert_eq!(desk.tickets()[0]["category"], "second");

    // a file beside the others
    let more = file.with_file_name("zz.toml");
    fs::write(&more, rule("third").replace("\"orders\"\n", "\"more\"\n")).unwrap();
    eventually(SOON, "the new file is taken", || {
        (said(&desk, "were read again") == 2).then_some(())
    });
    place.deliver(&question(2));
    wait_acknowledged(&desk, &place.smtp, 1..=2);
    assert_eq!(desk.tickets()[1]["category"], "third");
}

#[test]
fn a_changed_template_and_setting_count_after_a_reload() {
    let place = Place::new();
    let mut desk = place.desk(&[]);
    place.deliver(&question(1));
    wait_acknowledged(&desk, &place.smtp, [1]);
    desk.edit("acknowledge", "enabled", "false");
    desk.hup();
    desk.wait_log("were read again", SOON);
    place.deliver(&question(2));
    let tickets = desk.wait_tickets(2, SOON);
    assert_eq!(tickets[1]["requester"]["address"], customer(2));
    wait_acknowledged(&desk, &place.smtp, [1]);
    // what only a restart brings in is said
    desk.edit("smtp", "max_connections", "1");
    desk.hup();
    let line = desk.wait_log("restart maildesk", SOON);
    assert!(line.contains("[smtp]"), "{line}");
}

#[test]
fn a_broken_rule_file_keeps_the_desk_from_starting() {
    let place = Place::new();
    let setup = place.setup(&[]);
    fs::create_dir(setup.dir().join("rules")).unwrap();
    fs::write(setup.dir().join("rules/orders.toml"), MISSPELT).unwrap();
    let mut desk = setup.set("rules", "directory", "\"rules\"").write();
    desk.spawn();
    assert_ne!(desk.wait_end(), 0);
    assert!(desk.log().contains("orders.toml:3"), "{}", desk.log());
}

#[test]
fn a_broken_config_ends_with_2_and_every_fault() {
    let place = Place::new();
    let setup = place.setup(&[("after", "\"burn\"")]);
    let mut desk = setup
        .set("desk", "languag", "\"ru\"")
        .set("survey", "delay", "\"soon\"")
        .write();
    desk.spawn();
    assert_eq!(desk.wait_end(), 2);
    let log = desk.log();
    for fault in ["config.toml:", "languag", "burn", "soon"] {
        assert!(log.contains(fault), "{fault}: {log}");
    }
    assert!(log.lines().count() >= 3, "{log}");
}
