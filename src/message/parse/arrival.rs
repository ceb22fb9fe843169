//! When an old mail came, where no server says it any more.

use jiff::Timestamp;

use super::fields;
use crate::message::Message;

impl Message {
    /// When it reached its mailbox, by its own words: the date of the topmost Received field, which
    /// the last server wrote (RFC 5321 section 4.4), else Date, which is its author's. `None` when
    /// neither can be read.
    pub fn came_at(&self) -> Option<Timestamp> {
        let received = self.header("Received").next();
        let date = received.and_then(|trace| trace.rsplit_once(';'));
        date.and_then(|(_, date)| fields::date(date.as_bytes()))
            .or(self.date)
    }
}

#[cfg(test)]
mod tests {
    use crate::message;

    fn came_at(headers: &str) -> Option<String> {
        let mail = message::read(format!("From: a@shop.example\n{headers}\n\nText\n").as_bytes());
        mail.came_at().map(|at| at.to_string())
    }

    #[test]
    fn the_last_server_knows_better_than_the_author() {
        let date = "Date: Thu, 01 Jan 1970 00:00:09 +0000";
        let last = "Received: from a by b;\n Mon, 2 Mar 2020 10:00:05 +0200 (EET)";
        let first = "Received: from x by a; Mon, 2 Mar 2020 09:00:00 +0200";
        let at = came_at(&format!("{last}\n{first}\n{date}"));
        assert_eq!(at.as_deref(), Some("2020-03-02T08:00:05Z"));
        let at = came_at(&format!("Received: (qmail 7 invoked by uid 0)\n{date}"));
        assert_eq!(at.as_deref(), Some("1970-01-01T00:00:09Z"));
        assert_eq!(came_at("Received: from a; rubbish"), None);
    }
}
