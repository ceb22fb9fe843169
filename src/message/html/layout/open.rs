//! The elements that are open, and what their ends do.

use super::super::tags::Kind;
use super::{Layout, REACH};

/// An element that is open.
#[derive(Debug)]
pub(super) struct Open {
    pub name: &'static str,
    /// What its end does to the text; `Inline` where that is nothing.
    pub kind: Kind,
    pub hides: bool,
    pub is_quote: bool,
    /// Columns that it indents by.
    pub indent: usize,
    pub keeps_lines: bool,
    /// Whether letters had no size outside of it.
    pub was_sizeless: bool,
    /// The number of the next item, in an `ol`.
    pub next: Option<i32>,
}

impl Layout<'_> {
    pub(super) fn plain(&self, name: &'static str) -> Open {
        Open {
            name,
            kind: Kind::Inline,
            hides: false,
            is_quote: false,
            indent: 0,
            keeps_lines: false,
            was_sizeless: self.is_sizeless,
            next: None,
        }
    }

    /// The names of the open elements, innermost first.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + Clone {
        self.open.iter().rev().take(REACH).map(|open| open.name)
    }

    /// Puts an element on the stack, with what it does until its end.
    pub(super) fn push(&mut self, open: Open) {
        self.hiding += usize::from(open.hides);
        self.quotes += usize::from(open.is_quote);
        self.keeping += usize::from(open.keeps_lines);
        self.lines.indent += open.indent;
        self.lines.quotes = self.quotes;
        self.open.push(open);
    }

    /// Ends the element that was started last; false where there is none.
    pub(super) fn pop(&mut self) -> bool {
        let Some(open) = self.open.last() else {
            return false;
        };
        let kind = open.kind;
        if kind != Kind::Inline {
            self.end_line();
        }
        let Some(open) = self.open.pop() else {
            return false;
        };
        if self.undecided.last() == Some(&self.open.len()) {
            self.undecided.pop();
        }
        self.hiding -= usize::from(open.hides);
        self.quotes -= usize::from(open.is_quote);
        self.keeping -= usize::from(open.keeps_lines);
        self.is_sizeless = open.was_sizeless;
        self.lines.indent -= open.indent;
        self.lines.quotes = self.quotes;
        match kind {
            Kind::Paragraph | Kind::Heading | Kind::Quote | Kind::Pre | Kind::Terms => {
                self.lines.set_apart();
            }
            Kind::Item => self.lines.unmark(),
            Kind::Row => {
                if let Some(table) = self.tables.last_mut() {
                    table.end_row(&mut self.lines);
                }
            }
            Kind::Table => {
                if let Some(mut table) = self.tables.pop() {
                    table.end_row(&mut self.lines);
                }
                // a row with a table in it is no row of data
                if let Some(table) = self.tables.last_mut() {
                    table.flow();
                }
            }
            _ => {}
        }
        true
    }

    pub(super) fn pop_all(&mut self, count: usize) {
        for _ in 0..count {
            self.pop();
        }
    }
}
