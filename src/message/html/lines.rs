//! The lines of the text: white space, blank lines, quote marks and indents.

use std::ops::Range;

use super::cut;

/// Quotes in quotes beyond this depth get no further `> `.
const MOST_QUOTES: usize = 20;
/// Lists in lists are not indented beyond this many columns.
const MOST_INDENT: usize = 40;
/// The line that a rule draws.
const RULE: &str = "----------";
/// The line above a signature. With the space: people who type dashes type none.
const SIGNATURE: &str = "-- ";

/// A line that is done.
#[derive(Clone, Debug)]
struct Line {
    /// Where its words are in the buffer.
    words: Range<usize>,
    quotes: usize,
    indent: usize,
    /// Whether a blank line stands above it.
    is_apart: bool,
    is_rule: bool,
}

/// The text as it grows.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The words of all lines, one after another; the line that is being written is its end.
    buffer: String,
    /// Where the line that is being written starts.
    start: usize,
    done: Vec<Line>,
    /// Whether white space was read and not yet written.
    is_spaced: bool,
    /// Whether a blank line is due.
    is_apart: bool,
    /// How many quotes the next line stands in.
    pub quotes: usize,
    /// How many columns the next line is indented by.
    pub indent: usize,
    /// The bullet or number of a list item that has no text yet.
    marker: Option<String>,
    /// Above which line the signature starts.
    pub signature: Option<usize>,
}

impl Lines {
    /// Adds words, with their white space collapsed as a browser does it.
    pub fn words(&mut self, text: &str) {
        for (at, word) in text.split([' ', '\n', '\t', '\r', '\u{c}']).enumerate() {
            self.is_spaced |= at > 0 && self.is_begun();
            if word.is_empty() {
                continue;
            }
            if self.is_spaced {
                self.buffer.push(' ');
                self.is_spaced = false;
            }
            self.push(word);
        }
    }

    /// Adds text whose white space counts, but no line end.
    pub fn verbatim(&mut self, text: &str) {
        self.push(text);
    }

    fn push(&mut self, text: &str) {
        // both start with this byte: most texts have neither
        if !text.as_bytes().contains(&0xc2) {
            return self.buffer.push_str(text);
        }
        let kept = text.chars().filter(|c| *c != '\u{ad}');
        self.buffer
            .extend(kept.map(|c| if c == '\u{a0}' { ' ' } else { c }));
    }

    /// Whether the line that is being written has anything.
    pub fn is_begun(&self) -> bool {
        self.buffer.len() > self.start
    }

    /// The words of the line that is being written.
    pub fn current(&self) -> &str {
        self.since(self.start)
    }

    /// What was written since a place in the line that is being written.
    pub fn since(&self, place: usize) -> &str {
        self.buffer.get(place..).unwrap_or_default()
    }

    /// How many lines are done, and where the next word goes.
    pub fn place(&self) -> (usize, usize) {
        (self.done.len(), self.buffer.len())
    }

    /// The words of the last line that is done.
    pub fn last(&self) -> &str {
        self.done.last().map_or("", |line| self.text(line))
    }

    fn text(&self, line: &Line) -> &str {
        self.buffer.get(line.words.clone()).unwrap_or_default()
    }

    /// Ends the line that is being written; nothing where there is none.
    pub fn end(&mut self) {
        let line = self.current();
        let is_signature = line.trim() == "--" && (line.len() > 2 || self.is_spaced);
        let length = line.trim_end().len();
        let is_empty = line.is_empty();
        let is_blank = !line.chars().any(is_seen);
        self.is_spaced = false;
        if is_blank {
            // a hard space alone is a blank line that someone wrote
            self.is_apart |= !is_empty;
            self.buffer.truncate(self.start);
            return;
        }
        self.buffer.truncate(self.start + length);
        if is_signature {
            self.buffer.truncate(self.start);
            self.buffer.push_str(SIGNATURE);
        }
        self.finish(false);
    }

    fn finish(&mut self, is_rule: bool) {
        let mut indent = self.indent;
        if let Some(marker) = self.marker.take() {
            indent = indent.saturating_sub(marker.len());
            self.buffer.insert_str(self.start, &marker);
        }
        self.done.push(Line {
            words: self.start..self.buffer.len(),
            quotes: self.quotes.min(MOST_QUOTES),
            indent: indent.min(MOST_INDENT),
            is_apart: std::mem::take(&mut self.is_apart),
            is_rule,
        });
        self.start = self.buffer.len();
    }

    /// A blank line above the next line.
    pub fn set_apart(&mut self) {
        self.is_apart = true;
    }

    /// Whether a blank line is due.
    pub fn is_apart(&self) -> bool {
        self.is_apart
    }

    /// A line across the page.
    pub fn rule(&mut self) {
        self.end();
        self.buffer.push_str(RULE);
        self.finish(true);
    }

    /// What the next line starts with, left of the indent.
    pub fn mark(&mut self, marker: String) {
        self.marker = Some(marker);
    }

    /// Forgets a bullet that no text followed.
    pub fn unmark(&mut self) {
        self.marker = None;
    }

    /// Adds to the last words: those of the line that is being written, or of the last one.
    pub fn append(&mut self, text: &str) {
        if self.is_begun() {
            let length = self.current().trim_end().len();
            self.is_spaced |= self.start + length < self.buffer.len();
            self.buffer.truncate(self.start + length);
            self.buffer.push_str(text);
        } else if let Some(line) = self.done.last_mut() {
            self.buffer.push_str(text);
            line.words.end = self.buffer.len();
            self.start = self.buffer.len();
        }
    }

    /// Puts the rule that was drawn last into the quote that starts below it.
    pub fn quote_last_rule(&mut self) {
        if let Some(line) = self.done.last_mut().filter(|line| line.is_rule) {
            line.quotes = line.quotes.max(1);
        }
    }

    /// Makes one line of those from `first` on. `starts` has the first line of each cell;
    /// `is_apart`, whether a blank line stands above them. Nothing
    /// happens where a cell has several lines, or only one cell has any.
    pub fn join(
        &mut self,
        first: usize,
        starts: &[usize],
        is_apart: bool,
        join: impl Fn(&[&str]) -> String,
    ) {
        let ends = starts.iter().skip(1).copied().chain([self.done.len()]);
        let cells = || {
            starts
                .iter()
                .copied()
                .zip(ends.clone())
                .map(|(from, to)| from..to)
        };
        let filled = cells().filter(|cell| !cell.is_empty()).count();
        if filled < 2 || cells().any(|cell| cell.len() > 1) {
            return;
        }
        let Some(mut row) = self.done.get(first).cloned() else {
            return;
        };
        let is_alike = |line: &Line| line.quotes == row.quotes && !line.is_rule;
        if !self.done.iter().skip(first).all(is_alike) {
            return;
        }
        let words = |cell| {
            let line = self
                .done
                .get::<Range<usize>>(cell)
                .and_then(<[Line]>::first);
            line.map_or("", |line| self.text(line))
        };
        let joined = join(&cells().map(words).collect::<Vec<_>>());
        self.done.truncate(first);
        row.is_apart = is_apart;
        self.is_apart = false;
        row.words = self.buffer.len()..self.buffer.len() + joined.len();
        self.buffer.push_str(&joined);
        self.start = self.buffer.len();
        self.done.push(row);
    }

    /// The whole text, of at most `limit` bytes, and whether it was cut.
    pub fn text_of_all(mut self, limit: usize) -> (String, bool) {
        self.end();
        let mut out = String::with_capacity(self.buffer.len().min(limit));
        let mut above: Option<&Line> = None;
        for (at, line) in self.done.iter().enumerate() {
            let is_signature = self.signature == Some(at);
            let around = 4 * line.quotes + line.indent + 8;
            let room = limit.saturating_sub(out.len() + around);
            let words = cut(self.text(line), room);
            if let Some(above) = above {
                out.push('\n');
                if line.is_apart {
                    let both = above.quotes.min(line.quotes);
                    out.push_str("> ".repeat(both).trim_end());
                    out.push('\n');
                }
            }
            if is_signature {
                out.push_str(SIGNATURE);
                out.push('\n');
            }
            (0..line.quotes).for_each(|_| out.push_str("> "));
            (0..line.indent).for_each(|_| out.push(' '));
            out.push_str(words);
            if words.len() < self.text(line).len() {
                return (out, true);
            }
            above = Some(line);
        }
        (out, false)
    }
}

/// Whether a character leaves a mark: newsletters pad with those that do not.
fn is_seen(c: char) -> bool {
    let is_invisible = matches!(
        c,
        '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{34f}'
    );
    !c.is_whitespace() && !is_invisible
}
