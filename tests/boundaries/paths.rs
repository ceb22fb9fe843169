//! Reads the paths out of Rust source: enough of its grammar for `use` trees and `a::b`.

/// Every path of two or more segments, and every imported name, with its line; groups are
/// spelled out, `self` and `super` resolved from the module `home`.
pub fn paths(text: &str, home: &[String]) -> Vec<(usize, Vec<String>)> {
    let tokens = tokens(text);
    let word = |index: usize| tokens.get(index).map_or("", |(_, token)| token.as_str());
    let mut found = Vec::new();
    // inline modules that are open, each with the depth of its brace
    let mut inline: Vec<(String, usize)> = Vec::new();
    let (mut depth, mut index) = (0, 0);
    while index < tokens.len() {
        match word(index) {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.retain(|(_, opened)| *opened <= depth);
            }
            "use" => {}
            "mod" if word(index + 2) == "{" => {
                inline.push((word(index + 1).to_owned(), depth + 1));
                index += 1;
            }
            token if is_name(token) => {
                let is_import = matches!(word(index.wrapping_sub(1)), "use")
                    || (word(index.wrapping_sub(1)) == "::"
                        && word(index.wrapping_sub(2)) == "use");
                if is_import || word(index + 1) == "::" {
                    let (end, leaves) = leaves(&tokens, index);
                    let mut here = home.to_vec();
                    here.extend(inline.iter().map(|(name, _)| name.clone()));
                    found.extend(
                        leaves
                            .into_iter()
                            .map(|(line, path)| (line, resolve(path, &here))),
                    );
                    index = end;
                    continue;
                }
            }
            _ => {}
        }
        index += 1;
    }
    found
}

/// The paths of a use tree (or the one path) that starts at a token, and the token behind it.
fn leaves(tokens: &[(usize, String)], start: usize) -> (usize, Vec<(usize, Vec<String>)>) {
    let mut found = Vec::new();
    let mut open: Vec<Vec<String>> = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut index = start;
    while let Some((line, token)) = tokens.get(index) {
        let next = tokens
            .get(index + 1)
            .map_or("", |(_, token)| token.as_str());
        match token.as_str() {
            "::" => {}
            "{" if open.is_empty()
                && tokens
                    .get(index.wrapping_sub(1))
                    .is_none_or(|t| t.1 != "::") =>
            {
                break;
            }
            "{" => open.push(path.clone()),
            "," if !open.is_empty() => path = open.last().cloned().unwrap_or_default(),
            "}" if !open.is_empty() => {
                open.pop();
                if open.is_empty() {
                    return (index + 1, found);
                }
                path = open.last().cloned().unwrap_or_default();
            }
            "as" => index += 1,
            name if is_name(name) || (name == "*" && !path.is_empty()) => {
                path.push(name.to_owned());
                if next != "::" {
                    let mut leaf = path.clone();
                    if leaf.len() > 1 && name == "self" {
                        leaf.pop();
                    }
                    found.push((*line, leaf));
                    if open.is_empty() {
                        return (index + 1, found);
                    }
                }
            }
            // a generic argument, say: the path ends before it
            _ => break,
        }
        index += 1;
    }
    (index.max(start + 1), found)
}

/// The path from the crate's root, where it starts inside of the crate.
fn resolve(path: Vec<String>, here: &[String]) -> Vec<String> {
    let mut base = here.to_vec();
    let mut rest = path.as_slice();
    let first = rest.first().map_or("", String::as_str);
    if !matches!(first, "self" | "super") {
        return path;
    }
    while let Some((first, tail)) = rest.split_first() {
        match first.as_str() {
            "super" => drop(base.pop()),
            "self" => {}
            _ => break,
        }
        rest = tail;
    }
    let root = std::iter::once("crate".to_owned());
    root.chain(base).chain(rest.iter().cloned()).collect()
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Names, `::` and single signs with their lines; comments, strings and lifetimes left out.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let (mut index, mut line) = (0, 1);
    while index < chars.len() {
        let start = index;
        match at(index) {
            '/' if at(index + 1) == '/' => {
                while index < chars.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            '/' if at(index + 1) == '*' => {
                index += 2;
                while index < chars.len() && !(at(index) == '*' && at(index + 1) == '/') {
                    index += 1;
                }
                index += 2;
            }
            'r' if at(index + 1) == '"'
                || (at(index + 1) == '#' && matches!(at(index + 2), '"' | '#')) =>
            {
                let hashes = (index + 1..).take_while(|i| at(*i) == '#').count();
                index += hashes + 2;
                let closes = |i: usize| at(i) == '"' && (1..=hashes).all(|n| at(i + n) == '#');
                while index < chars.len() && !closes(index) {
                    index += 1;
                }
                index += hashes + 1;
            }
            '"' => {
                index += 1;
                while index < chars.len() && at(index) != '"' {
                    index += if at(index) == '\\' { 2 } else { 1 };
                }
                index += 1;
            }
            '\'' if at(index + 1) == '\\' => {
                index += 3;
                while index < chars.len() && at(index) != '\'' {
                    index += 1;
                }
                index += 1;
            }
            '\'' if at(index + 2) == '\'' => index += 3,
            ':' if at(index + 1) == ':' => {
                index += 2;
                found.push((line, "::".to_owned()));
            }
            c if c.is_alphanumeric() || c == '_' => {
                while at(index).is_alphanumeric() || at(index) == '_' {
                    index += 1;
                }
                // a lifetime is no name
                if start == 0 || at(start - 1) != '\'' {
                    found.push((line, chars.iter().take(index).skip(start).collect()));
                }
            }
            c => {
                index += 1;
                if !c.is_whitespace() && c != '\'' {
                    found.push((line, c.to_string()));
                }
            }
        }
        let read = chars.iter().take(index).skip(start);
        line += read.filter(|c| **c == '\n').count();
    }
    found
}
