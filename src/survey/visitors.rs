//! Who opens a survey's page: a person, or a robot that follows every link of a mail.
//!
//! What a person sends by the button is believed, save several different answers within seconds.
//! What the page sends by itself is believed only where nothing lately looked like a robot.
//! Whatever a robot did, the button goes on working.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

/// So many different answers at once are nobody's.
const MANY_ANSWERS: usize = 4;

/// How close together they come.
pub const BURST: SignedDuration = SignedDuration::from_secs(4);

/// So many of the five links at once are no person's.
const MANY_LINKS: usize = 3;

/// How close together they are opened.
const LINKS_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// How long the page sends nothing by itself after that.
const AFTER_LINKS: SignedDuration = SignedDuration::from_mins(1);

/// And after the link that no person sees.
const AFTER_HIDDEN: SignedDuration = SignedDuration::from_hours(1);

/// How far back a robot that shows itself takes along what the page sent by itself: it does all of
/// its work in seconds. A scanner that comes after a person's answer must not take that along.
pub const BEFORE: SignedDuration = SignedDuration::from_secs(15);

/// What was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The page, by the link of one of the answers or without one.
    Page(Option<u8>),
    /// The link that no person sees.
    Hidden,
}

/// What is remembered of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trace {
    /// The page was opened.
    Page,
    /// It was opened by the link of an answer, 1 to 5.
    Link(u8),
    /// The links of several answers were opened at once.
    ManyLinks,
    /// The hidden link was opened.
    Hidden,
}

/// Why what the page sends by itself is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Nobody opened the page.
    NeverOpened,
    /// Several links were opened at once.
    ManyLinks,
    /// The hidden link was opened.
    Hidden,
}

/// The last time of each trace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visits(BTreeMap<Trace, Timestamp>);

impl Trace {
    /// The word that stands for it in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Link(1) => "1",
            Self::Link(2) => "2",
            Self::Link(3) => "3",
            Self::Link(4) => "4",
            Self::Link(_) => "5",
            Self::ManyLinks => "many_links",
            Self::Hidden => "hidden",
        }
    }

    /// The trace of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        let links = (1..=5).map(Self::Link);
        [Self::Page, Self::ManyLinks, Self::Hidden]
            .into_iter()
            .chain(links)
            .find(|trace| trace.word() == word)
    }
}

impl Doubt {
    /// In words, for the ticket.
    pub fn words(self) -> &'static str {
        match self {
            Self::NeverOpened => "the page was never opened",
            Self::ManyLinks => "several of the mail's links were opened within seconds",
            Self::Hidden => "the link that no person sees was opened",
        }
    }
}

impl Visits {
    /// Adds what is known.
    pub fn add(&mut self, trace: Trace, at: Timestamp) {
        self.0.insert(trace, at);
    }

    /// Whether nobody was there yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a visit adds. Nothing where the same was seen this very second: a flood of requests
    /// is not worth a flood of writes.
    pub fn added_by(&self, opened: Opened, now: Timestamp) -> Vec<Trace> {
        let mut traces = match opened {
            Opened::Hidden => vec![Trace::Hidden],
            Opened::Page(None) => vec![Trace::Page],
            Opened::Page(Some(score)) => vec![Trace::Page, Trace::Link(score)],
        };
        let is_open =
            |link: &Trace| traces.contains(link) || self.is_within(*link, LINKS_WITHIN, now);
        let links = (1..=5).map(Trace::Link).filter(is_open).count();
        if links >= MANY_LINKS && matches!(opened, Opened::Page(Some(_))) {
            traces.push(Trace::ManyLinks);
        }
        let second = SignedDuration::from_secs(1);
        traces.retain(|trace| !self.is_within(*trace, second, now));
        traces
    }

    /// Whether to believe what the page sends by itself.
    ///
    /// # Errors
    /// Why not.
    pub fn believe(&self, now: Timestamp) -> Result<(), Doubt> {
        if self.is_within(Trace::Hidden, AFTER_HIDDEN, now) {
            return Err(Doubt::Hidden);
        }
        if self.is_within(Trace::ManyLinks, AFTER_LINKS, now) {
            return Err(Doubt::ManyLinks);
        }
        match self.0.contains_key(&Trace::Page) {
            true => Ok(()),
            false => Err(Doubt::NeverOpened),
        }
    }

    fn is_within(&self, trace: Trace, span: SignedDuration, now: Timestamp) -> bool {
        let at = self.0.get(&trace);
        at.is_some_and(|at| now.duration_since(*at) < span)
    }
}

/// Whether an answer and those of the last [`BURST`] are a robot's.
pub fn is_burst(recent: &[u8], score: u8) -> bool {
    let is_given = |n: &u8| *n == score || recent.contains(n);
    (1..=5).filter(is_given).count() >= MANY_ANSWERS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
    }

    /// Opens things at their times; returns what is known after.
    fn after(opened: &[(i64, Opened)]) -> Visits {
        let mut visits = Visits::default();
        for (millis, opened) in opened {
            for trace in visits.added_by(*opened, at(*millis)) {
                visits.add(trace, at(*millis));
            }
        }
        visits
    }

    fn link(score: u8) -> Opened {
        Opened::Page(Some(score))
    }

    #[test]
    fn one_who_looks_and_thinks_again_is_a_person() {
        for opened in [
            vec![(0, link(4))],
            vec![(0, Opened::Page(None))],
            vec![(0, link(4)), (500, link(5))],
            vec![
                (0, link(4)),
                (500, link(4)),
                (900, link(4)),
                (2_000, link(4)),
            ],
            vec![(0, link(1)), (6_000, link(2)), (12_000, link(3))],
        ] {
            assert_eq!(after(&opened).believe(at(12_500)), Ok(()), "{opened:?}");
        }
        assert_eq!(after(&[]).believe(at(0)), Err(Doubt::NeverOpened));
    }

    #[test]
    fn one_who_opens_several_answers_at_once_is_not_believed_for_a_minute() {
        let visits = after(&[(0, link(1)), (4_000, link(2)), (9_900, link(3))]);
        assert_eq!(visits.believe(at(9_900)), Err(Doubt::ManyLinks));
        assert_eq!(visits.believe(at(69_800)), Err(Doubt::ManyLinks));
        assert_eq!(visits.believe(at(69_900)), Ok(()));
        // the person who comes after hides nothing
        let visits = after(&[(0, link(1)), (0, link(2)), (1, link(3)), (15_000, link(3))]);
        assert_eq!(visits.believe(at(16_000)), Err(Doubt::ManyLinks));
        assert_eq!(visits.believe(at(61_000)), Ok(()));
    }

    #[test]
    fn the_hidden_link_is_remembered_for_an_hour() {
        let visits = after(&[(0, link(4)), (10, Opened::Hidden)]);
        assert_eq!(visits.believe(at(20)), Err(Doubt::Hidden));
        assert_eq!(visits.believe(at(3_600_009)), Err(Doubt::Hidden));
        assert_eq!(visits.believe(at(3_600_010)), Ok(()));
        let alone = after(&[(0, Opened::Hidden)]);
        assert_eq!(alone.believe(at(3_700_000)), Err(Doubt::NeverOpened));
    }

    #[test]
    fn the_same_again_within_a_second_adds_nothing() {
        let visits = after(&[(0, link(4))]);
        assert_eq!(visits.added_by(link(4), at(999)), []);
        assert_eq!(visits.added_by(Opened::Page(None), at(999)), []);
        assert_eq!(visits.added_by(link(5), at(999)), [Trace::Link(5)]);
        let both = [Trace::Page, Trace::Link(4)];
        assert_eq!(visits.added_by(link(4), at(1_000)), both);
    }

    #[test]
    fn four_different_answers_at_once_are_nobodys() {
        assert!(is_burst(&[1, 2, 3], 4) && is_burst(&[5, 5, 3, 1], 2));
        assert!(is_burst(&[1, 2, 3, 4], 4));
        assert!(!is_burst(&[], 4) && !is_burst(&[1, 2], 3));
        assert!(!is_burst(&[1, 2, 3, 1, 2, 3], 3));
    }

    #[test]
    fn a_trace_is_read_as_it_was_written() {
        let links = (1..=5).map(Trace::Link);
        for trace in links.chain([Trace::Page, Trace::ManyLinks, Trace::Hidden]) {
            assert_eq!(Trace::from_word(trace.word()), Some(trace));
        }
        assert_eq!(Trace::from_word("6"), None);
    }
}
