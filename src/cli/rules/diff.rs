//! `maildesk rules diff`: what a change of rules would have done to stored mail.

use std::collections::BTreeMap;

use clap::Args;
use jiff::SignedDuration;
use serde::Serialize;

use super::{
    super::{
        output::{Ink, Table, count, or_dash, paint},
        plain,
    },
    Context, Failure,
    fate::{Change, Fate},
    given,
    read::stored,
};
use crate::{
    clock,
    config::Config,
    store::{Judged, StoreError, View},
    triage::{Event, Ruleset},
};

/// Tickets or mails looked up at a time; the mails themselves are read one by one.
const PAGE: usize = 200;

#[derive(Debug, Args)]
pub struct Diff {
    /// The rules as they are: a directory or file, or `current` (or `-`) for those of the config
    old: String,
    /// The rules as they would be, named in the same way
    new: String,
    /// How far back tickets are looked at
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    days: u16,
}

/// What would have been otherwise.
#[derive(Debug, Default, Serialize)]
struct Differences {
    /// Tickets whose first mail both rule sets judged.
    looked_at: usize,
    /// Those that would be otherwise.
    changed: usize,
    /// Those whose priority would be higher.
    raised: usize,
    /// Those whose priority would be lower.
    lowered: usize,
    /// Tickets without a mail of their own: split off another one, or the mail is gone.
    left_out: usize,
    tickets: Vec<OfTicket>,
    /// Mails that opened no ticket, by a rule or as a machine's, and were judged again.
    mails_looked_at: usize,
    mails: Vec<OfMail>,
    rules: Vec<Hits>,
}

#[derive(Debug, Serialize)]
struct OfTicket {
    number: i64,
    #[serde(flatten)]
    of: Difference,
}

#[derive(Debug, Serialize)]
struct OfMail {
    mail: i64,
    #[serde(flatten)]
    of: Difference,
}

#[derive(Debug, Serialize)]
struct Difference {
    subject: String,
    changes: Vec<Change>,
    old_rules: Vec<String>,
    new_rules: Vec<String>,
}

/// How many mails a rule matched; none of a rule set that has no such rule.
#[derive(Debug, Serialize)]
struct Hits {
    rule: String,
    old: usize,
    new: usize,
}

pub(super) async fn run(context: &Context, args: Diff) -> Result<(), Failure> {
    let config = context.config()?;
    let both = Both {
        old: given::side(&config, &args.old)?,
        new: given::side(&config, &args.new)?,
        config: &config,
    };
    let since = clock::now() - SignedDuration::from_hours(i64::from(args.days) * 24);
    let store = context.store(&config)?;
    // each question by itself: nothing is held against the desk that goes on beside this
    let differences = store.read_here(|view| {
        let mut found = Found::default();
        let mut after = 0;
        loop {
            let page = view.opened_since(since, after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.ticket.unwrap_or(after);
            for ticket in &page {
                both.look(view, ticket, &mut found)?;
            }
        }
        after = 0;
        loop {
            let page = view.turned_away_since(since, after, PAGE)?;
            let Some(last) = page.last() else { break };
            after = last.message.unwrap_or(after);
            for mail in &page {
                both.look(view, mail, &mut found)?;
            }
        }
        Ok(found)
    })?;
    let differences = both.sum_up(differences);
    context.print(&differences, || differences.page(args.days))
}

/// Two rule sets and the desk that they are for.
struct Both<'c> {
    old: Ruleset,
    new: Ruleset,
    config: &'c Config,
}

#[derive(Default)]
struct Found {
    differences: Differences,
    /// By rule: how often the old one matched, and the new one.
    hits: BTreeMap<String, (usize, usize)>,
}

impl Both<'_> {
    fn look(&self, view: &View<'_>, judged: &Judged, found: &mut Found) -> Result<(), StoreError> {
        let sum = &mut found.differences;
        let sets = [&self.old, &self.new].into_iter();
        let categories = sets.flat_map(|set| set.counted_categories());
        let Some((row, message)) = stored(view, self.config, judged, categories)? else {
            sum.left_out += 1;
            return Ok(());
        };
        let facts = message.facts();
        let mailboxes = &mut self.config.mailboxes.iter();
        let mailbox = mailboxes.find(|mailbox| mailbox.name == judged.mailbox);
        let group = mailbox.map_or("", |mailbox| mailbox.group.as_str());
        let old = Fate::of(&self.old, &facts, group);
        let new = Fate::of(&self.new, &facts, group);
        for rule in &old.rules {
            found.hits.entry(rule.clone()).or_default().0 += 1;
        }
        for rule in &new.rules {
            found.hits.entry(rule.clone()).or_default().1 += 1;
        }
        let changes = old.changes(&new);
        let is_changed = !changes.is_empty();
        if let (Some(_), Some(old), Some(new)) = (judged.ticket, old.priority, new.priority) {
            sum.raised += usize::from(new > old);
            sum.lowered += usize::from(new < old);
        }
        let of = Difference {
            subject: judged.subject.clone(),
            changes,
            old_rules: old.rules,
            new_rules: new.rules,
        };
        match judged.ticket {
            Some(number) => {
                sum.looked_at += 1;
                sum.changed += usize::from(is_changed);
                sum.tickets
                    .extend(is_changed.then_some(OfTicket { number, of }));
            }
            None => {
                sum.mails_looked_at += 1;
                sum.mails
                    .extend(is_changed.then_some(OfMail { mail: row, of }));
            }
        }
        Ok(())
    }

    fn sum_up(&self, found: Found) -> Differences {
        let mut rules: Vec<Hits> = Vec::new();
        let of_new_mail = [&self.old, &self.new]
            .into_iter()
            .flat_map(|set| set.rules());
        for rule in of_new_mail.filter(|rule| rule.on.contains(&Event::Message.word())) {
            if rules.iter().all(|known| known.rule != rule.id) {
                let (old, new) = found.hits.get(&rule.id).copied().unwrap_or_default();
                let rule = rule.id;
                rules.push(Hits { rule, old, new });
            }
        }
        Differences {
            rules,
            ..found.differences
        }
    }
}

impl Differences {
    fn page(&self, days: u16) -> String {
        let mut page = String::new();
        for OfTicket { number, of } in &self.tickets {
            page.push_str(&of.paragraph(&format!("#{number}")));
        }
        for OfMail { mail, of } in &self.mails {
            page.push_str(&of.paragraph(&format!("mail {mail}")));
        }
        page.push_str(&format!(
            "{} of the last {}: {} changed, {} raised, {} lowered\n",
            count(self.looked_at, "ticket"),
            count(usize::from(days), "day"),
            self.changed,
            self.raised,
            self.lowered
        ));
        page.push_str(&format!(
            "{} that opened no ticket: {} changed\n",
            count(self.mails_looked_at, "mail"),
            self.mails.len()
        ));
        if self.left_out > 0 {
            page.push_str(&format!(
                "{} left out: no mail of its own is there\n",
                count(self.left_out, "ticket")
            ));
        }
        let mut table = Table::new(&["rule", "old", "new"]);
        let (same, other): (Vec<&Hits>, Vec<&Hits>) =
            self.rules.iter().partition(|hits| hits.old == hits.new);
        for hits in &other {
            table.row([
                hits.rule.clone(),
                hits.old.to_string(),
                hits.new.to_string(),
            ]);
        }
        if !other.is_empty() {
            page.push_str(&format!("\n{}", table.or("")));
        }
        let same = count(same.len(), "rule");
        page.push_str(&format!("{same}: as many matches with both\n"));
        page
    }
}

impl Difference {
    fn paragraph(&self, name: &str) -> String {
        let subject = or_dash(&self.subject);
        let mut text = format!("{}  {subject}\n", paint(Ink::Head, name));
        for Change { what, old, new } in &self.changes {
            text.push_str(&format!("  {what}: {} -> {}\n", or_dash(old), or_dash(new)));
        }
        let (old, new) = (self.old_rules.join(", "), self.new_rules.join(", "));
        let rules = match old == new {
            true => format!("{} with both, acting otherwise", or_dash(&new)),
            false => format!("{} -> {}", or_dash(&old), or_dash(&new)),
        };
        text.push_str(&format!("  rules: {}\n\n", plain::line(&rules)));
        text
    }
}
