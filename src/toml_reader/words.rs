//! Keys and values in the words of a fault.

use toml::de::DeValue;

use super::Value;

/// `; did you mean "x"?` for the nearest of the known words, else nothing.
pub fn hint(word: &str, known: &[&str]) -> String {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count().min(9) / 3)
        .map(|(_, candidate)| format!(": did you mean \"{candidate}\"?"))
        .unwrap_or_default()
}

pub(super) fn quoted(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("\"{word}\""))
        .collect::<Vec<_>>()
        .join(", ")
}

pub(super) fn article(kind: &str) -> String {
    let vowel = kind.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {kind}", if vowel { "an" } else { "a" })
}

pub(super) fn is_secret(key: &str) -> bool {
    key.ends_with("password") || key.ends_with("secret") || key.ends_with("token")
}

/// Whether an unknown key may be a misspelt secret: then its value must not be shown either.
pub(super) fn may_be_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["pass", "pwd", "secret", "token", "key", "credential"]
        .iter()
        .any(|part| key.contains(part))
        || strsim::damerau_levenshtein(&key, "password") <= 3
        || strsim::damerau_levenshtein(&key, "secret") <= 2
}

/// `mailbox[0].port` as `mailbox.port`.
pub(super) fn without_index(path: &str) -> String {
    path.split('.')
        .map(|part| part.split_once('[').map_or(part, |(name, _)| name))
        .collect::<Vec<_>>()
        .join(".")
}

pub(super) fn show(value: &Value<'_>) -> String {
    match value.get_ref() {
        // a URL with a user may hold a password
        DeValue::String(text) if text.contains("://") && text.contains('@') => String::new(),
        DeValue::String(text) => {
            let short: String = text.chars().take(60).collect();
            format!(
                "{short:?}{}",
                if short.len() < text.len() { "..." } else { "" }
            )
        }
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(_) | DeValue::Table(_) => String::new(),
    }
}
