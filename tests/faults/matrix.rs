//! The table in `matrix.md` is what is tested, line by line.

use std::{collections::BTreeSet, fmt::Write as _, fs};

use crate::{
    case::{Case, End},
    database, journey, killed, mailbox, relay,
};

const FILE: &str = "tests/faults/matrix.md";
const BEGIN: &str = "<!-- the table -->\n";

fn row(case: &Case, test: &str) -> String {
    let says = match case.says {
        "" => "no more than one line".to_owned(),
        says => format!("`{}`", says.trim()),
    };
    format!(
        "| {} | {} | {} | {says} | {} | {test} |",
        case.step,
        case.fault,
        case.how.replace('|', "\\|"),
        case.end.words()
    )
}

/// Every case with the test that plays it.
fn rows() -> Vec<String> {
    let played: [(Vec<Case>, &str); 4] = [
        (
            mailbox::cases(),
            "whatever_the_mailbox_does_nothing_is_lost_or_filed_twice",
        ),
        (
            relay::cases(),
            "whatever_the_relay_does_no_answer_is_lost_or_sent_twice",
        ),
        (
            database::cases(),
            "whatever_the_database_does_nothing_is_lost_or_sent_twice",
        ),
        (
            killed::cases(),
            "killed_at_any_step_it_loses_nothing_and_sends_nothing_twice",
        ),
    ];
    let mut rows = Vec::new();
    for (cases, test) in &played {
        rows.extend(cases.iter().map(|case| row(case, test)));
    }
    let test = "no_reload_and_no_clock_disturbs_a_mail_at_any_step";
    for event in &journey::EVENTS {
        for (step, ..) in killed::STEPS {
            let end = End::Once.words();
            let says = match event.fault {
                "faulty config reloaded" => "`not reloaded`",
                _ => "no delay",
            };
            rows.push(format!(
                "| {step} | {} | {} | {says} | {end} | {test} |",
                event.fault, event.how
            ));
        }
    }
    rows
}

#[test]
fn the_table_is_what_is_tested() {
    let mut table = String::from(BEGIN);
    table.push_str("| step | fault | how | the log says, once | acknowledgements | test |\n");
    table.push_str("|---|---|---|---|---|---|\n");
    let rows = rows();
    let distinct: BTreeSet<&String> = rows.iter().collect();
    assert_eq!(distinct.len(), rows.len(), "no line stands twice");
    for row in &rows {
        let _ = writeln!(table, "{row}");
    }
    let sources: String = ["mailbox", "relay", "database", "killed", "journey"]
        .iter()
        .map(|name| fs::read_to_string(format!("tests/faults/{name}.rs")).unwrap())
        .collect();
    for row in &rows {
        let name = row.rsplit(" | ").next().unwrap().trim_end_matches(" |");
        assert!(
            sources.contains(&format!("#[test]\nfn {name}()")),
            "no test {name}"
        );
    }
    let text = fs::read_to_string(FILE).unwrap();
    let (head, told) = text.split_once(BEGIN).unwrap();
    if std::env::var_os("MAILDESK_WRITE_MATRIX").is_some() {
        fs::write(FILE, format!("{head}{table}")).unwrap();
        return;
    }
    let told = format!("{BEGIN}{told}");
    for (is, ought) in told.lines().zip(table.lines()) {
        assert_eq!(is, ought, "{FILE}: write it anew, see tests/faults.rs");
    }
    assert_eq!(told, table, "{FILE}: write it anew, see tests/faults.rs");
}
