//! What rules would make of a new mail, and how two rule sets differ in it.

use serde::Serialize;

use crate::{
    ticket::Priority,
    triage::{
        Event, Facts, Ruleset, Triage,
        disposition::{Disposition, Knowledge, decide},
    },
};

/// What becomes of a new mail by a rule set.
pub(super) struct Fate {
    /// The priority of the ticket; `None` when there is none.
    pub priority: Option<Priority>,
    /// The rules that matched, in order.
    pub rules: Vec<String>,
    /// What an agent would see of it, by name.
    seen: Vec<(&'static str, String)>,
}

/// Something that one rule set makes otherwise than another.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Change {
    /// `disposition`, `priority`, `category`...
    pub what: &'static str,
    /// Empty when there is none.
    pub old: String,
    /// Empty when there is none.
    pub new: String,
}

impl Fate {
    /// Of a mail that belongs to no ticket. `group` is the team of its mailbox.
    pub(super) fn of(rules: &Ruleset, facts: &Facts<'_>, group: &str) -> Self {
        let triage = rules.evaluate(facts, Event::Message);
        let kind = (facts.kind, String::new());
        let disposition = decide(kind, &triage, &Knowledge::default()).disposition;
        let opens = disposition == Disposition::OpenTicket;
        let mut seen = vec![("disposition", disposition.word().to_owned())];
        if opens {
            seen.extend(of_ticket(&triage, group));
        }
        Self {
            priority: opens.then(|| triage.priority.unwrap_or_default()),
            rules: triage.matched.into_iter().map(|m| m.rule).collect(),
            seen,
        }
    }

    /// What would be otherwise by another rule set.
    pub(super) fn changes(&self, new: &Self) -> Vec<Change> {
        // both say the same things in the same order, as far as there is a ticket
        let longer = if self.seen.len() < new.seen.len() {
            &new.seen
        } else {
            &self.seen
        };
        let at = |fate: &Self, place: usize| fate.seen.get(place).map(|(_, value)| value.clone());
        let all = longer.iter().enumerate().map(|(place, (what, _))| Change {
            what,
            old: at(self, place).unwrap_or_default(),
            new: at(new, place).unwrap_or_default(),
        });
        all.filter(|change| change.old != change.new).collect()
    }
}

fn of_ticket(triage: &Triage, group: &str) -> [(&'static str, String); 9] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let list = |values: &[String]| {
        let mut values = values.to_vec();
        values.sort();
        values.join(", ")
    };
    let flag = if triage.no_acknowledge { "yes" } else { "" };
    [
        (
            "priority",
            triage.priority.unwrap_or_default().word().to_owned(),
        ),
        ("category", text(&triage.category)),
        ("tags", list(&triage.tags)),
        (
            "group",
            triage.group.clone().unwrap_or_else(|| group.to_owned()),
        ),
        ("assign", text(&triage.assign)),
        (
            "status",
            triage.status.unwrap_or_default().word().to_owned(),
        ),
        ("reply", text(&triage.reply)),
        ("no_acknowledge", flag.to_owned()),
        ("notify", list(&triage.notify)),
    ]
}

#[cfg(test)]
mod tests {
    use jiff::{Timestamp, tz::TimeZone};

    use super::{super::read::facts, *};
    use crate::message::{Kind, Message};

    fn changes(old: &str, new: &str, kind: Kind) -> Vec<Change> {
        let rules = |then: &str| {
            let text = match then {
                "" => String::new(),
                then => {
                    format!("[[rule]]\nid = \"x\"\nwhen = {{ all = [] }}\nthen = {{ {then} }}\n")
                }
            };
            Ruleset::load(&[("x.toml".to_owned(), text)]).unwrap()
        };
        let message = Message {
            kind,
            ..Message::default()
        };
        let facts = facts(&message, "support", Timestamp::UNIX_EPOCH, &TimeZone::UTC);
        let fate = |then: &str| Fate::of(&rules(then), &facts, "support");
        fate(old).changes(&fate(new))
    }

    fn change(what: &'static str, old: &str, new: &str) -> Change {
        let (old, new) = (old.to_owned(), new.to_owned());
        Change { what, old, new }
    }

    #[test]
    fn only_what_an_agent_would_see_is_a_change() {
        let customer = Kind::Customer;
        assert_eq!(changes("", "priority = \"normal\"", customer), []);
        assert_eq!(
            changes("", "category = \"\", status = \"open\"", customer),
            []
        );
        // the mailbox hands it there anyway
        assert_eq!(changes("", "group = \"support\"", customer), []);
        assert_eq!(
            changes("tags = [\"a\", \"b\"]", "tags = [\"b\", \"a\"]", customer),
            []
        );
        assert_eq!(
            changes("", "priority = \"high\", reply = \"we-know\"", customer),
            [
                change("priority", "normal", "high"),
                change("reply", "", "we-know")
            ]
        );
    }

    #[test]
    fn without_a_ticket_there_is_nothing_else_to_see() {
        let ignored = "ignore = true, priority = \"urgent\"";
        let gone = changes("priority = \"high\"", ignored, Kind::Customer);
        assert_eq!(
            gone,
            [
                change("disposition", "open_ticket", "ignore"),
                change("priority", "high", ""),
                change("group", "support", ""),
                change("status", "open", ""),
            ]
        );
        // a machine's mail opens a ticket only where a rule says so
        let alert = changes("", "status = \"open\"", Kind::AutoReply);
        assert_eq!(
            alert.first(),
            Some(&change("disposition", "ignore", "open_ticket"))
        );
        let still = changes("", "priority = \"high\"", Kind::AutoReply);
        assert_eq!(still, []);
    }
}
