//! Every sample mail in `tests/mail` against what its `.toml` says of it, with LF and with CRLF.

// the helpers of a test are tests too
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::{fs, path::Path};

use maildesk::{
    address::Address,
    message::{Message, attachment_bytes, read},
};
use proptest::prelude::*;
use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// The expectations of a sample by key, as JSON: that is easier to compare with.
fn expectations(text: &str) -> Vec<(String, Value)> {
    let table = DeTable::parse(text).unwrap();
    let pairs = table.get_ref().iter();
    pairs
        .map(|(key, value)| (key.get_ref().to_string(), to_json(value.get_ref())))
        .collect()
}

fn to_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => Value::from(number.as_str().parse::<i64>().unwrap()),
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Array(items) => items.iter().map(|item| to_json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            let pairs = table.iter();
            pairs
                .map(|(key, v)| (key.get_ref().to_string(), to_json(v.get_ref())))
                .collect()
        }
        _ => panic!("an expectation is no float and no date"),
    }
}

/// A sample that is silently not found would be a test silently not run.
const SAMPLES: usize = 106;

#[test]
fn every_sample_reads_as_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail");
    let mut seen = 0;
    let mut faults = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let expected = fs::read_to_string(path.with_extension("toml")).unwrap();
        let expected = expectations(&expected);
        assert!(!expected.is_empty(), "{path:?} expects nothing");
        let with_lf = fs::read(&path).unwrap();
        let with_crlf = to_crlf(&with_lf);
        for (ends, raw) in [("LF", with_lf), ("CRLF", with_crlf)] {
            let message = read(&raw);
            assert_eq!(message.size, raw.len() as u64);
            for (key, value) in &expected {
                if let Err(found) = check(&message, key, value) {
                    let name = path.file_stem().unwrap().to_string_lossy();
                    faults.push(format!(
                        "{name} ({ends}): {key}\n  expected {value}\n  found {found}"
                    ));
                }
            }
        }
        seen += 1;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(seen, SAMPLES);
}

fn check(message: &Message, key: &str, expected: &Value) -> Result<(), String> {
    let text = expected.as_str().unwrap_or_default();
    let is = |found: &str| {
        if found == text.trim_start_matches('\n') {
            Ok(())
        } else {
            Err(format!("{found:?}"))
        }
    };
    let list = |found: Vec<String>| {
        if found == strings(expected) {
            Ok(())
        } else {
            Err(format!("{found:?}"))
        }
    };
    let has = |found: &str| {
        let missing = strings(expected)
            .into_iter()
            .find(|piece| !found.contains(piece.as_str()));
        missing.map_or(Ok(()), |piece| Err(format!("no {piece:?} in {found:?}")))
    };
    match key {
        "from" => is(&shown(&message.from)),
        "reply_to" => list(message.reply_to.iter().map(shown).collect()),
        "to" => list(message.to.iter().map(shown).collect()),
        "cc" => list(message.cc.iter().map(shown).collect()),
        "delivered_to" => list(message.delivered_to.iter().map(shown).collect()),
        "return_path" => is(message.return_path.as_deref().unwrap_or("absent")),
        "subject" => is(&message.subject),
        "message_id" => is(message.message_id.as_deref().unwrap_or_default()),
        "in_reply_to" => list(message.in_reply_to.clone()),
        "references" => list(message.references.clone()),
        "references_count" => {
            let found = message.references.len() as i64;
            if Some(found) == expected.as_i64() {
                Ok(())
            } else {
                Err(found.to_string())
            }
        }
        "date" => is(&message
            .date
            .map(|date| date.to_string())
            .unwrap_or_default()),
        "kind" => is(message.kind.word()),
        "kind_reason" => is(&message.kind_reason),
        "language" => is(message.language.map_or("none", |language| language.code())),
        "text" => is(&message.text),
        "text_has" => has(&message.text),
        "text_lacks" => {
            let there = strings(expected)
                .into_iter()
                .find(|piece| message.text.contains(piece));
            there.map_or(Ok(()), |piece| {
                Err(format!("{piece:?} in {:?}", message.text))
            })
        }
        "reply" => is(&message.reply),
        "reply_has" => has(&message.reply),
        "quoted" => is(&message.quoted),
        "quoted_has" => has(&message.quoted),
        "signature" => is(&message.signature),
        "signature_has" => has(&message.signature),
        "defects" => list(message.defects.clone()),
        "lacks_headers" => {
            let mut names = strings(expected).into_iter();
            let there = names.find(|name| message.header(name).next().is_some());
            there.map_or(Ok(()), Err)
        }
        "attachments" => attachments(message, expected),
        "bounce" => bounce(message, expected),
        "complaint" => complaint(message, expected),
        "forwarded" => forwarded(message, expected),
        _ => Err("a key that this test does not know".to_owned()),
    }
}

fn attachments(message: &Message, expected: &Value) -> Result<(), String> {
    let expected = expected.as_array().unwrap();
    let found = &message.attachments;
    let all_same = expected.len() == found.len()
        && expected.iter().zip(found).all(|(expected, found)| {
            expected["name"].as_str() == Some(&found.name)
                && expected["media_type"].as_str() == Some(&found.media_type)
                && expected["inline"].as_bool() == Some(found.inline)
                && expected
                    .get("size")
                    .is_none_or(|size| size.as_i64() == Some(found.size as i64))
                && found.sha256.len() == 64
        });
    if all_same {
        Ok(())
    } else {
        Err(format!("{found:?}"))
    }
}

fn bounce(message: &Message, expected: &Value) -> Result<(), String> {
    let Some(found) = &message.bounce else {
        return Err("no bounce".to_owned());
    };
    let is_same = expected["recipient"].as_str() == Some(&found.recipient)
        && expected["status"].as_str() == Some(&found.status)
        && expected["permanent"].as_bool() == Some(found.permanent)
        && expected["original_message_id"].as_str() == Some(&found.original_message_id)
        && expected
            .get("action")
            .is_none_or(|action| action.as_str() == Some(found.action.word()))
        && expected
            .get("original_references")
            .is_none_or(|ids| strings(ids) == found.original_references);
    if is_same {
        Ok(())
    } else {
        Err(format!("{found:?}"))
    }
}

fn complaint(message: &Message, expected: &Value) -> Result<(), String> {
    let found = serde_json::to_value(&message.complaint).unwrap();
    let pairs = expected.as_object().unwrap();
    if pairs.iter().all(|(key, value)| found[key] == *value) {
        Ok(())
    } else {
        Err(found.to_string())
    }
}

fn forwarded(message: &Message, expected: &Value) -> Result<(), String> {
    let Some(found) = &message.forwarded else {
        return Err("none".to_owned());
    };
    let mail = &found.mail;
    let seen = [
        ("from", shown(&mail.from)),
        ("subject", mail.subject.clone()),
        ("reply", mail.reply.clone()),
        ("words", found.words.clone()),
        ("message_id", mail.message_id.clone().unwrap_or_default()),
    ];
    let differs =
        |(key, value): &&(&str, String)| expected[key].as_str().unwrap_or_default() != value;
    match seen.iter().find(differs) {
        Some(found) => Err(format!("{found:?}")),
        None => Ok(()),
    }
}

fn strings(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items
        .map(|item| item.as_str().unwrap().to_owned())
        .collect()
}

fn shown(address: &Address) -> String {
    match address.name.as_str() {
        "" => address.address.clone(),
        name => format!("{name} <{}>", address.address),
    }
}

fn to_crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 40);
    for byte in raw {
        if *byte == b'\n' {
            out.push(b'\r');
        }
        out.push(*byte);
    }
    out
}

/// The mails of `maildesk demo` arrive in the order of their names, and a reply after its first.
#[test]
fn demo_mails_are_whole_and_in_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/demo_mails");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.sort();
    let mails: Vec<Message> = paths
        .iter()
        .map(|path| read(&fs::read(path).unwrap()))
        .collect();
    assert_eq!(mails.len(), 14);
    let mut known: Vec<String> = Vec::new();
    for (mail, path) in mails.iter().zip(&paths) {
        assert_eq!(mail.defects, Vec::<String>::new(), "{path:?}");
        assert_eq!(mail.to[0].address, "support@example.com", "{path:?}");
        assert!(
            mail.in_reply_to.iter().all(|id| known.contains(id)),
            "{path:?}"
        );
        assert!(mail.language.is_some(), "{path:?}");
        let id = mail.message_id.clone().unwrap();
        assert!(!known.contains(&id), "{path:?}");
        known.push(id);
    }
    assert!(mails.is_sorted_by_key(|mail| mail.date));
    let kinds = |word| mails.iter().filter(|mail| mail.kind.word() == word).count();
    assert_eq!(
        (kinds("customer"), kinds("auto_reply"), kinds("bounce")),
        (12, 1, 1)
    );
}

fn samples() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mail");
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mails = paths.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
    mails.map(|path| fs::read(path).unwrap()).collect()
}

/// The lines of a text that say something, in no order.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.sort_unstable();
    lines
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Whatever happens to a mail on its way, it is read, and its text is all there.
    #[test]
    fn damaged_samples_are_read(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 0..12),
        other in any::<prop::sample::Index>(),
    ) {
        let samples = samples();
        let mut raw = which.get(&samples).clone();
        for (at, byte, change) in changes {
            if raw.is_empty() {
                break;
            }
            let at = at.index(raw.len());
            match change {
                0 => raw[at] = byte,
                1 => raw.insert(at, byte),
                2 => raw.truncate(at),
                _ => {
                    let piece = other.get(&samples);
                    let piece = &piece[..piece.len().min(usize::from(byte) * 4)];
                    raw.splice(at..at, piece.iter().copied());
                }
            }
        }
        let message = read(&raw);
        let together = format!("{}\n{}\n{}", message.reply, message.quoted, message.signature);
        prop_assert_eq!(lines(&message.text), lines(&together));
        prop_assert!(!message.subject.contains(['\r', '\n', '\0']));
        for index in 0..message.attachments.len() {
            let bytes = attachment_bytes(&raw, index).unwrap();
            prop_assert_eq!(message.attachments[index].size, bytes.len() as u64);
        }
        prop_assert_eq!(attachment_bytes(&raw, message.attachments.len()), None);
    }
}
