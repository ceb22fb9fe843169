//! What mailers mark as quoted, and as a signature.

use super::super::{
    labels::{self, Label},
    tags::{Kind, Tag},
};
use super::{Layout, Open};

/// What stands at the head of what Gmail forwards; it uses the same container for quotes.
const FORWARD: &str = "----------";

#[derive(Debug)]
pub(super) struct Signature {
    /// How many elements may be open where a text does not belong to it.
    pub depth: usize,
    pub has_text: bool,
}

/// Whether a line is the head of a forwarded mail, not a mere rule.
pub(super) fn is_forward_head(line: &str) -> bool {
    line.starts_with(FORWARD) && line.contains(char::is_alphanumeric)
}

impl Layout<'_> {
    pub(super) fn decide(&mut self, is_forward: bool) {
        for at in std::mem::take(&mut self.undecided) {
            let Some(open) = self.open.get_mut(at).filter(|_| is_forward) else {
                continue;
            };
            if std::mem::take(&mut open.is_quote) {
                self.quotes = self.quotes.saturating_sub(1);
            }
        }
        self.lines.quotes = self.quotes;
    }

    /// What has new words below it is no signature.
    pub(super) fn see_text(&mut self) {
        self.texts += 1;
        let is_new = self.quotes == 0 && !self.is_older;
        let is_outside = |signature: &Signature| self.open.len() <= signature.depth;
        if is_new && self.signature.as_ref().is_some_and(is_outside) {
            self.forget_signature();
        }
    }

    /// What the mailer says of an element; whether that makes it a quote.
    pub(super) fn heed_label(&mut self, tag: &Tag) -> bool {
        match labels::label(tag) {
            Some(Label::Quote) => true,
            Some(Label::AroundQuote) => tag.kind == Kind::Quote || !self.has_blockquote_ahead(),
            Some(Label::QuoteStart) if !self.is_older => {
                self.end_line();
                self.is_older = true;
                self.lines.quote_last_rule();
                // it has no end tag: it ends with its parent
                self.push(Open {
                    kind: Kind::Quote,
                    is_quote: true,
                    ..self.plain("")
                });
                false
            }
            Some(Label::Signature) => {
                self.start_signature(self.open.len());
                false
            }
            Some(Label::SignatureStart) => {
                self.heed_signature_start(tag);
                false
            }
            Some(Label::QuoteStart) | None => false,
        }
    }

    pub(super) fn heed_signature_start(&mut self, tag: &Tag) {
        if labels::label(tag) == Some(Label::SignatureStart) {
            self.start_signature(self.open.len().saturating_sub(1));
        }
    }

    pub(super) fn start_signature(&mut self, depth: usize) {
        self.end_line();
        if self.quotes > 0 || self.is_older {
            return;
        }
        // a part of the one that is open
        if self
            .signature
            .as_ref()
            .is_some_and(|signature| self.open.len() > signature.depth)
        {
            return;
        }
        self.forget_signature();
        if self.lines.last().trim() == "--" {
            return;
        }
        if let Some(table) = self.tables.last_mut() {
            table.flow();
        }
        self.lines.signature = Some(self.lines.place().0);
        self.signature = Some(Signature {
            depth,
            has_text: false,
        });
    }

    pub(super) fn forget_signature(&mut self) {
        self.signature = None;
        self.lines.signature = None;
    }

    /// Whether more blockquotes follow.
    pub(super) fn has_blockquote_ahead(&mut self) -> bool {
        let html = self.html;
        let all = self
            .all_blockquotes
            .get_or_insert_with(|| html.matches("<blockquote").count());
        *all > self.blockquotes
    }
}
