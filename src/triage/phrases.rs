//! All words and phrases of all rules, found in one walk over a text.
//!
//! Pattern words are numbered; a token is looked up once by its normal form, its stems and its
//! prefixes, and phrases are walked in a trie of those numbers. The cost of a mail does not grow
//! with the number of rules.

mod scan;

use std::{
    cell::OnceCell,
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

pub use self::scan::Scan;
use super::{
    misspelt::Misspelt,
    slips,
    words::{Stems, Token, tokenise},
};

/// A phrase has at most this many words.
pub const LONGEST_PHRASE: usize = 8;

/// The pattern of a beginning has at least this many letters before its star.
pub const SHORTEST_PREFIX: usize = 3;

/// The pattern of an ending has at least this many letters after its star.
pub const SHORTEST_SUFFIX: usize = 2;

/// More occurrences of one phrase than this say nothing new.
const MOST_HITS: usize = 500;

/// Words whose numbers are remembered, about: some megabytes, and the whole vocabulary of a desk.
const MOST_REMEMBERED: usize = 30_000;

/// A longer word, in bytes, is no word that comes again.
const LONGEST_REMEMBERED: usize = 64;

/// The phrases and lists of a rule set, each stored once.
#[derive(Debug, Default)]
pub struct Phrases {
    stems: Stems,
    words: HashMap<(String, Form), u32>,
    by_form: HashMap<String, Vec<u32>>,
    by_stem: HashMap<char, HashMap<String, Vec<u32>>>,
    by_prefix: HashMap<String, Vec<u32>>,
    prefix_lengths: BTreeSet<usize>,
    by_suffix: HashMap<String, Vec<u32>>,
    suffix_lengths: BTreeSet<usize>,
    misspelt: Misspelt,
    nodes: Vec<Node>,
    phrases: usize,
    /// Phrases by the text that made them: terms are used by many rules.
    by_text: HashMap<String, usize>,
    lists: Vec<List>,
    /// What the words of earlier mails stand for.
    memory: Mutex<HashMap<String, Arc<[u32]>>>,
}

#[derive(Debug, Default)]
struct Node {
    next: HashMap<u32, usize>,
    phrase: Option<usize>,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct List {
    phrases: Vec<usize>,
    except: Vec<usize>,
}

/// What a word of a pattern stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Form {
    Inflected,
    Prefix,
    Suffix,
    Exact,
}

/// Where a phrase was found: its first and last token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The index of the first token.
    pub first: usize,
    /// The index of the last token.
    pub last: usize,
}

/// Why a phrase cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadPhrase {
    /// No letters or digits in it.
    Empty,
    /// More than [`LONGEST_PHRASE`] words.
    TooLong,
    /// Fewer than [`SHORTEST_PREFIX`] letters before a star.
    ShortPrefix,
    /// Fewer than [`SHORTEST_SUFFIX`] letters after a star.
    ShortSuffix,
}

/// A list of phrases by its number.
pub type ListId = usize;

impl Phrases {
    /// Adds a phrase: words that follow each other, each standing for its inflected forms, or for
    /// all words that begin with it when a `*` follows it, that end with it when a `*` stands
    /// before it, or for itself alone when a `=` does.
    ///
    /// # Errors
    /// When there is nothing in it to look for, or too much.
    pub fn phrase(&mut self, text: &str) -> Result<usize, BadPhrase> {
        if let Some(phrase) = self.by_text.get(text) {
            return Ok(*phrase);
        }
        let tokens = tokenise(text);
        if tokens.is_empty() {
            return Err(BadPhrase::Empty);
        }
        if tokens.len() > LONGEST_PHRASE {
            return Err(BadPhrase::TooLong);
        }
        let form = |token: &Token| match (text.get(..token.start), text.get(token.end..)) {
            (Some(before), _) if before.ends_with('=') => Form::Exact,
            (Some(before), _) if before.ends_with('*') => Form::Suffix,
            (_, Some(after)) if after.starts_with('*') => Form::Prefix,
            _ => Form::Inflected,
        };
        for token in &tokens {
            match (form(token), token.word.chars().count()) {
                (Form::Prefix, ..SHORTEST_PREFIX) => return Err(BadPhrase::ShortPrefix),
                (Form::Suffix, ..SHORTEST_SUFFIX) => return Err(BadPhrase::ShortSuffix),
                _ => {}
            }
        }
        if self.nodes.is_empty() {
            self.nodes.push(Node::default());
        }
        let mut at = 0;
        for token in &tokens {
            let word = self.word(&token.word, form(token));
            let fresh = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else {
                return Err(BadPhrase::Empty);
            };
            at = *node.next.entry(word).or_insert(fresh);
            if at == fresh {
                self.nodes.push(Node::default());
            }
        }
        let fresh = self.phrases;
        let end = self.nodes.get_mut(at).ok_or(BadPhrase::Empty)?;
        let phrase = *end.phrase.get_or_insert(fresh);
        self.phrases = self.phrases.max(phrase + 1);
        self.by_text.insert(text.to_owned(), phrase);
        Ok(phrase)
    }

    /// Adds a list: any of `phrases`, but not where one of `except` overlaps it.
    pub fn list(&mut self, mut phrases: Vec<usize>, mut except: Vec<usize>) -> ListId {
        for ids in [&mut phrases, &mut except] {
            ids.sort_unstable();
            ids.dedup();
        }
        let list = List { phrases, except };
        self.lists
            .iter()
            .position(|known| *known == list)
            .unwrap_or_else(|| {
                self.lists.push(list);
                self.lists.len() - 1
            })
    }

    /// Whether a list finds something wherever the other does: it has its phrases, and no
    /// exceptions that the other has not.
    pub fn covers(&self, wide: ListId, narrow: ListId) -> bool {
        // the numbers of a list are sorted
        let within = |inner: &[usize], outer: &[usize]| {
            let mut inner = inner.iter();
            inner.all(|id| outer.binary_search(id).is_ok())
        };
        match (self.lists.get(wide), self.lists.get(narrow)) {
            (Some(wide), Some(narrow)) => {
                within(&narrow.phrases, &wide.phrases) && within(&wide.except, &narrow.except)
            }
            _ => false,
        }
    }

    /// Whether a list finds nothing in any text: all its phrases are exceptions.
    pub fn is_void(&self, list: ListId) -> bool {
        let is_void = |list: &List| {
            list.phrases
                .iter()
                .all(|id| list.except.binary_search(id).is_ok())
        };
        self.lists.get(list).is_some_and(is_void)
    }

    /// Finds every phrase in a text.
    pub fn scan<'p>(&'p self, text: &str) -> Scan<'p> {
        let tokens = slips::read(text);
        let words = self.remembered(&tokens);
        let mut hits = vec![Vec::new(); self.phrases];
        for first in 0..tokens.len() {
            self.walk(first, &tokens, &words, &mut hits);
        }
        Scan {
            phrases: self,
            tokens,
            hits,
            lists: vec![OnceCell::new(); self.lists.len()],
        }
    }

    fn walk(&self, first: usize, tokens: &[Token], words: &[Arc<[u32]>], hits: &mut [Vec<Hit>]) {
        let mut nodes: Vec<&Node> = self.nodes.first().into_iter().collect();
        let mut place = tokens.get(first).map_or(0, |token| token.place);
        for last in first..(first + LONGEST_PHRASE).min(tokens.len()) {
            let (Some(token), Some(words)) = (tokens.get(last), words.get(last)) else {
                return;
            };
            // a phrase does not run over the end of a sentence
            if token.place > place + 1 {
                return;
            }
            place = token.place;
            let step = |node: &&Node| -> Vec<&Node> {
                words
                    .iter()
                    .filter_map(|word| self.nodes.get(*node.next.get(word)?))
                    .collect()
            };
            nodes = nodes.iter().flat_map(step).collect();
            for phrase in nodes.iter().filter_map(|node| node.phrase) {
                let hit = Hit { first, last };
                if let Some(found) = hits.get_mut(phrase)
                    && found.len() < MOST_HITS
                    && found.last() != Some(&hit)
                {
                    found.push(hit);
                }
            }
            if nodes.is_empty() {
                return;
            }
        }
    }

    fn word(&mut self, word: &str, form: Form) -> u32 {
        let fresh = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let id = *self.words.entry((word.to_owned(), form)).or_insert(fresh);
        if id != fresh {
            return id;
        }
        match form {
            Form::Prefix => {
                self.prefix_lengths.insert(word.len());
                self.by_prefix.entry(word.to_owned()).or_default().push(id);
                self.misspelt.add_head(word, id);
            }
            Form::Suffix => {
                self.suffix_lengths.insert(word.len());
                self.by_suffix.entry(word.to_owned()).or_default().push(id);
            }
            Form::Exact => self.by_form.entry(word.to_owned()).or_default().push(id),
            Form::Inflected => {
                self.by_form.entry(word.to_owned()).or_default().push(id);
                self.misspelt.add(word, id);
                for (language, stem) in self.stems.of(word) {
                    self.misspelt.add(&stem, id);
                    let stems = self.by_stem.entry(language).or_default();
                    stems.entry(stem.into_owned()).or_default().push(id);
                }
            }
        }
        id
    }

    /// [`Self::words_of`] for a whole text. Stemming costs more than all else, and the same words
    /// come in every mail: what they are is remembered from mail to mail.
    fn remembered(&self, tokens: &[Token]) -> Vec<Arc<[u32]>> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() > MOST_REMEMBERED {
            memory.clear();
        }
        let mut remember = |word: &str| match memory.get(word) {
            Some(words) => Arc::clone(words),
            None => {
                let words: Arc<[u32]> = self.words_of(word).into();
                if word.len() <= LONGEST_REMEMBERED {
                    memory.insert(word.to_owned(), Arc::clone(&words));
                }
                words
            }
        };
        let mut of_token = |token: &Token| {
            let words = remember(&token.word);
            if token.also.is_empty() {
                return words;
            }
            let mut all = words.to_vec();
            for form in &token.also {
                all.extend(remember(form).iter());
            }
            all.sort_unstable();
            all.dedup();
            all.into()
        };
        tokens.iter().map(&mut of_token).collect()
    }

    fn words_of(&self, word: &str) -> Vec<u32> {
        let mut ids: Vec<u32> = self.by_form.get(word).cloned().unwrap_or_default();
        for (language, stem) in self.stems.of(word) {
            let known = self.by_stem.get(&language);
            ids.extend(
                known
                    .and_then(|stems| stems.get(&*stem))
                    .into_iter()
                    .flatten(),
            );
        }
        for length in self.prefix_lengths.range(..=word.len()) {
            let known = word
                .get(..*length)
                .and_then(|head| self.by_prefix.get(head));
            ids.extend(known.into_iter().flatten());
        }
        for length in self.suffix_lengths.range(..=word.len()) {
            let tail = word.get(word.len() - length..);
            let known = tail.and_then(|tail| self.by_suffix.get(tail));
            ids.extend(known.into_iter().flatten());
        }
        if ids.is_empty() {
            let stems = self.stems.of(word).map(|(_, stem)| stem.into_owned());
            ids = self.misspelt.find(word, &stems.collect::<Vec<_>>());
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

#[cfg(test)]
mod tests;
