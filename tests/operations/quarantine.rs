//! What rules put aside waits for a human.

use std::fs;

use crate::{
    harness::eventually,
    place::{Place, SOON, question, wait_acknowledged, wait_settled},
};

const ASIDE: &str = r#"
[[rule]]
id = "aside"
description = "Order 1 and 2 are looked at first"
when = { any = [ { contains = "order 1" }, { contains = "order 2" } ] }
then = { quarantine = true }
"#;

#[test]
fn what_a_rule_puts_aside_is_released_or_dropped_by_a_human() {
    let place = Place::new();
    let setup = place.setup(&[("after", "\"seen\"")]);
    let rules = setup.dir().join("rules");
    fs::create_dir(&rules).unwrap();
    fs::write(rules.join("aside.toml"), ASIDE).unwrap();
    let desk = setup.set("rules", "directory", "\"rules\"").start();
    for number in 1..=3 {
        place.deliver(&question(number));
    }
    wait_settled(&desk, 3);
    wait_acknowledged(&desk, &place.smtp, [3]);
    let aside = desk.cli(&["quarantine", "list", "--json"]);
    let aside = aside.as_array().unwrap();
    assert_eq!(aside.len(), 2, "{aside:?}");
    assert_eq!(aside[0]["mailbox"], "support");
    assert_eq!(aside[0]["subject"], "A question about order 1");
    assert!(
        aside[0]["from"]
            .to_string()
            .contains("customer-1@shop.example")
    );
    assert!(
        aside[0]["reason"].to_string().contains("aside"),
        "{}",
        aside[0]
    );
    assert_eq!(desk.get("/readyz").json()["quarantined"], 2);
    eventually(SOON, "all seen on the server", || {
        place.flags() == ["S", "S", "S"]
    });

    // released: through the desk again, past the rule that put it aside
    desk.cli_text(&["quarantine", "release", &aside[0]["id"].to_string()], "");
    wait_acknowledged(&desk, &place.smtp, [1, 3]);
    let (first, second) = (&aside[0]["id"].to_string(), &aside[1]["id"].to_string());
    desk.cli_text(&["quarantine", "drop", second, "--why", "junk"], "");
    let left = desk.cli(&["quarantine", "list", "--json"]);
    assert_eq!(left.as_array().unwrap().len(), 0, "{left}");
    assert_eq!(desk.tickets().len(), 2);
    // neither is there to be released again
    for id in [first, second] {
        let output = desk.cli_output(&["quarantine", "release", id], "");
        assert_eq!(output.status.code(), Some(1));
    }
    assert_eq!(desk.tickets().len(), 2);
}
