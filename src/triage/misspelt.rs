//! Long words with one letter wrong, missing, too many or swapped with its neighbour.

use std::collections::HashMap;

/// A shorter word is one letter away from too many others.
pub const SHORTEST: usize = 7;

/// The head of a word that stands for all words beginning so may be shorter, since more letters
/// follow it.
const SHORTEST_HEAD: usize = 6;

/// A longer word is no word of a human language.
const LONGEST: usize = 40;

/// Words that may be misspelt, found without comparing a word with each of them: two words one edit
/// apart share a form with at most one letter left out.
#[derive(Debug, Default)]
pub struct Misspelt {
    whole: HashMap<String, Vec<(String, u32)>>,
    heads: HashMap<String, Vec<(String, u32)>>,
    /// Lengths of the heads in letters.
    lengths: Vec<usize>,
}

impl Misspelt {
    /// Adds a word, or a stem, that stands for the number.
    pub fn add(&mut self, word: &str, id: u32) {
        let length = word.chars().count();
        if (SHORTEST_HEAD..=LONGEST).contains(&length) && word.chars().all(char::is_alphabetic) {
            insert(&mut self.whole, word, id);
        }
    }

    /// Adds a head: all words that begin so.
    pub fn add_head(&mut self, head: &str, id: u32) {
        let length = head.chars().count();
        if (SHORTEST_HEAD..=LONGEST).contains(&length) && head.chars().all(char::is_alphabetic) {
            insert(&mut self.heads, head, id);
            if !self.lengths.contains(&length) {
                self.lengths.push(length);
            }
        }
    }

    /// What a word that nobody knows may stand for; `stems` are its own.
    pub fn find(&self, word: &str, stems: &[String]) -> Vec<u32> {
        let letters: Vec<char> = word.chars().collect();
        let mut found = Vec::new();
        if !(SHORTEST..=LONGEST).contains(&letters.len())
            || !letters.iter().all(|c| c.is_alphabetic())
        {
            return found;
        }
        for form in std::iter::once(word).chain(stems.iter().map(String::as_str)) {
            found.extend(near(&self.whole, form));
        }
        for length in &self.lengths {
            for head in [length.saturating_sub(1), *length, length + 1] {
                if let Some(head) = letters.get(..head) {
                    found.extend(near(&self.heads, &head.iter().collect::<String>()));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

fn insert(index: &mut HashMap<String, Vec<(String, u32)>>, word: &str, id: u32) {
    for form in forms(word) {
        let known = index.entry(form).or_default();
        if !known.iter().any(|(w, i)| w == word && *i == id) {
            known.push((word.to_owned(), id));
        }
    }
}

fn near(index: &HashMap<String, Vec<(String, u32)>>, word: &str) -> Vec<u32> {
    let close = |known: &&(String, u32)| {
        known.0.chars().count() >= SHORTEST_HEAD && strsim::osa_distance(&known.0, word) <= 1
    };
    let found = forms(word).into_iter().filter_map(|form| index.get(&form));
    found.flatten().filter(close).map(|(_, id)| *id).collect()
}

/// The word, and the word without each of its letters. The first letter is left alone: people
/// rarely get it wrong, and prefixes turn words into others.
fn forms(word: &str) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    for (at, c) in word.char_indices().skip(1) {
        let (head, tail) = word.split_at(at);
        forms.push(format!(
            "{head}{}",
            tail.strip_prefix(c).unwrap_or_default()
        ));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slip_in_a_long_word_is_forgiven() {
        let mut words = Misspelt::default();
        words.add("marketplace", 1);
        words.add_head("загруж", 2);
        for (word, id) in [
            ("marketplce", 1),
            ("markettplace", 1),
            ("marketplase", 1),
            ("marketpalce", 1),
            ("загрружается", 2),
            ("загужается", 2),
            ("загруждается", 2),
        ] {
            assert_eq!(words.find(word, &[]), [id], "{word}");
        }
        for word in [
            "marketing",
            "market",
            "отгружается",
            "погрешность",
            "mrketplce",
        ] {
            assert!(words.find(word, &[]).is_empty(), "{word}");
        }
    }
}
