//! The new words of a mail, apart from what it quotes and from its signature.
//!
//! Every line of the text goes into exactly one of three parts. When it is unclear where a line
//! belongs it counts as new: a rule that sees too much is better than an agent who sees too little.
//!
//! A signature is what stands below `-- `, a footer of a mailer, of a list or of lawyers, and a
//! closing with its card: "Best regards", a name, and then a title, a company or a way to reach the
//! writer. "Best regards, Ivan" alone is how a letter ends and stays with its words, as do thanks.

mod closing;
pub(super) mod endings;
pub(super) mod marks;
mod quotes;
// tables are read by the row
#[rustfmt::skip]
mod words;

/// A text in its three parts. Together they hold every line of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// What is new, answers between quoted lines included.
    pub reply: String,
    /// What was quoted, with the lines that introduce it.
    pub quoted: String,
    /// The signature and the footers of mobile mailers.
    pub signature: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Reply,
    Quoted,
    Signature,
}

/// A line and what it was found to be.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    text: &'a str,
    /// Without white space around.
    core: &'a str,
    /// Whether it stands between two lines of "```", where nothing has a meaning for mailers.
    is_code: bool,
    role: Role,
}

impl<'a> Line<'a> {
    fn new(text: &'a str) -> Self {
        let role = Role::Reply;
        let core = text.trim();
        let is_code = false;
        Self {
            text,
            core,
            is_code,
            role,
        }
    }

    fn is_blank(&self) -> bool {
        self.core.is_empty()
    }

    /// Whether it has words that are new.
    fn is_new(&self) -> bool {
        self.role == Role::Reply && !self.is_blank()
    }
}

/// Splits a text (line ends `\n`). In a forwarded mail a header block introduces what is forwarded,
/// which is news: there only `>` marks quotes.
pub fn split(text: &str, is_forward: bool) -> Parts {
    let mut lines: Vec<Line<'_>> = text.lines().map(Line::new).collect();
    mark_code(&mut lines);
    quotes::mark(&mut lines, is_forward);
    endings::mark(&mut lines);
    if !lines.iter().any(Line::is_new) {
        let reply = text.trim().to_owned();
        return Parts {
            reply,
            ..Parts::default()
        };
    }
    Parts {
        reply: collect(&lines, Role::Reply, text.len()),
        quoted: collect(&lines, Role::Quoted, text.len()),
        signature: collect(&lines, Role::Signature, text.len()),
    }
}

/// In lower case, as the tables are: the Turkish "İ" would become two characters.
fn lower(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.contains('\u{307}') {
        lower.replace("i\u{307}", "i")
    } else {
        lower
    }
}

/// Marks the lines between "```", if each block is closed.
fn mark_code(lines: &mut [Line<'_>]) {
    let is_fence = |line: &Line<'_>| line.core.starts_with("```");
    let fences = lines.iter().filter(|line| is_fence(line)).count();
    if fences == 0 || fences % 2 == 1 {
        return;
    }
    let mut is_code = false;
    for line in lines {
        if is_fence(line) {
            is_code = !is_code;
        }
        line.is_code = is_code;
    }
}

fn set(lines: &mut [Line<'_>], from: usize, to: usize, role: Role) {
    for line in lines.iter_mut().take(to).skip(from) {
        line.role = role;
    }
}

/// The lines of one role; a blank line stands where something else stood between.
fn collect(lines: &[Line<'_>], wanted: Role, most: usize) -> String {
    let mut out = String::new();
    let mut is_gap = false;
    let mut blank = 0usize;
    for line in lines {
        if line.role != wanted {
            is_gap = true;
        } else if line.is_blank() {
            blank += 1;
        } else {
            if out.is_empty() {
                out.reserve(most);
            } else {
                let ends = if is_gap { 2 } else { 1 + blank };
                out.extend(std::iter::repeat_n('\n', ends));
            }
            out.push_str(line.text.trim_end());
            is_gap = false;
            blank = 0;
        }
    }
    out.shrink_to_fit();
    out
}

#[cfg(test)]
mod tests;
