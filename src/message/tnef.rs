//! winmail.dat opened: Microsoft's Transport Neutral Encapsulation Format (MS-OXTNEF), with the
//! message properties of MS-OXPROPS.
//!
//! Every length in it is a stranger's claim: nothing is read outside of the bytes, nothing is
//! reserved by a claim, and each byte is passed once.

use encoding_rs::UTF_16LE;

use super::{charset, rtf};

const SIGNATURE: u32 = 0x223e_9f78;
/// More files than this in one winmail.dat are an attack.
const MOST_FILES: usize = 1_000;

const BODY: u32 = 0x0002_800c;
const PROPERTIES: u32 = 0x0006_9003;
const CODEPAGE: u32 = 0x0006_9007;
const NEW_FILE: u32 = 0x0006_9002;
const FILE_TITLE: u32 = 0x0001_8010;
const FILE_DATA: u32 = 0x0006_800f;
const FILE_PROPERTIES: u32 = 0x0006_9005;

/// What a winmail.dat holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// The plain body; RTF is turned into it.
    pub text: String,
    /// The HTML body.
    pub html: String,
    /// The files in it.
    pub files: Vec<File>,
}

/// A file in it.
#[derive(Debug, Default)]
pub(super) struct File {
    /// As written there, not yet safe; may be empty.
    pub name: String,
    /// `type/subtype`; may be empty.
    pub media_type: String,
    /// Content-ID without brackets; may be empty.
    pub content_id: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Opens it; `None` when it is no TNEF or nothing in it can be shown.
pub(super) fn read(bytes: &[u8]) -> Option<Contents> {
    let mut rest = Bytes(bytes);
    if rest.u32()? != SIGNATURE {
        return None;
    }
    rest.take(2)?;
    let mut found = Contents::default();
    let mut label = None;
    let mut internet_label = None;
    let (mut rtf_body, mut html_body) = (None, None);
    // a cut-off file still shows what it has
    while let Some((id, data)) = attribute(&mut rest) {
        match id {
            CODEPAGE => label = Bytes(data).u32().and_then(label_of).or(label),
            BODY if found.text.is_empty() => found.text = text(data, label.as_deref()),
            PROPERTIES => {
                for (id, value) in Properties::of(data) {
                    match id {
                        0x1000 if !value.bytes.is_empty() => {
                            found.text = value.text(label.as_deref());
                        }
                        0x1013 => html_body = Some(value),
                        0x1009 => rtf_body = Some(value.bytes),
                        0x3fde => {
                            internet_label = Bytes(value.bytes).u32().and_then(label_of);
                        }
                        _ => {}
                    }
                }
            }
            NEW_FILE if found.files.len() < MOST_FILES => found.files.push(File::default()),
            _ => {
                if let Some(file) = found.files.last_mut() {
                    file.take(id, data, label.as_deref());
                }
            }
        }
    }
    if let Some(body) = html_body {
        found.html = body.text(internet_label.as_deref().or(label.as_deref()));
    }
    if found.text.trim().is_empty()
        && found.html.trim().is_empty()
        && let Some(body) = rtf_body
    {
        found.text = rtf::text(&rtf::decompress(body).unwrap_or_default(), label.as_deref());
    }
    found.files.retain(|file| !file.bytes.is_empty());
    let is_empty = found.text.is_empty() && found.html.is_empty() && found.files.is_empty();
    (!is_empty).then_some(found)
}

impl File {
    fn take(&mut self, id: u32, data: &[u8], label: Option<&str>) {
        match id {
            FILE_TITLE if self.name.is_empty() => self.name = text(data, label),
            FILE_DATA => self.bytes = data.to_vec(),
            FILE_PROPERTIES => {
                for (id, value) in Properties::of(data) {
                    match id {
                        // the long name is the one that people know
                        0x3707 => self.name = value.text(label),
                        0x3704 | 0x3001 if self.name.is_empty() => self.name = value.text(label),
                        0x370e => self.media_type = value.text(label).to_ascii_lowercase(),
                        0x3712 => {
                            let id = value.text(label);
                            self.content_id = id.trim_matches(['<', '>', ' ']).to_owned();
                        }
                        0x3701 if self.bytes.is_empty() => self.bytes = value.bytes.to_vec(),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// Level, id, length, data, checksum; the checksum is often wrong and nobody looks at it.
fn attribute<'a>(rest: &mut Bytes<'a>) -> Option<(u32, &'a [u8])> {
    rest.take(1)?;
    let id = rest.u32()?;
    let length = rest.length()?;
    let data = rest.take(length)?;
    rest.take(2);
    Some((id, data))
}

/// The charset label of a Windows code page.
fn label_of(page: u32) -> Option<String> {
    Some(match page {
        65001 => "utf-8".to_owned(),
        20866 => "koi8-r".to_owned(),
        21866 => "koi8-u".to_owned(),
        866 => "ibm866".to_owned(),
        874 | 1250..=1258 => format!("windows-{page}"),
        932 | 936 | 949 | 950 => format!("cp{page}"),
        28591..=28605 => format!("iso-8859-{}", page - 28590),
        _ => return None,
    })
}

fn text(bytes: &[u8], label: Option<&str>) -> String {
    let likely = || charset::guess([bytes], None);
    let text = charset::decode(bytes, label, &likely);
    text.trim_end_matches('\0').to_owned()
}

struct Value<'a> {
    kind: u16,
    bytes: &'a [u8],
}

impl Value<'_> {
    fn text(&self, label: Option<&str>) -> String {
        if self.kind == 0x1f {
            let text = UTF_16LE.decode_without_bom_handling(self.bytes).0;
            return text.trim_end_matches('\0').to_owned();
        }
        text(self.bytes, label)
    }
}

/// MAPI properties one after another: the id and the first value of each.
struct Properties<'a> {
    rest: Bytes<'a>,
}

impl<'a> Properties<'a> {
    fn of(data: &'a [u8]) -> Self {
        let mut rest = Bytes(data);
        rest.take(4);
        Self { rest }
    }
}

impl<'a> Iterator for Properties<'a> {
    type Item = (u16, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = self.rest.u16()?;
        let id = self.rest.u16()?;
        if id >= 0x8000 {
            // a named property: its set, then a number or a name
            self.rest.take(16)?;
            if self.rest.u32()? == 0 {
                self.rest.take(4)?;
            } else {
                self.rest.padded()?;
            }
        }
        let is_list = kind & 0x1000 != 0;
        let kind = kind & 0x0fff;
        let fixed = match kind {
            2 | 3 | 4 | 10 | 11 => Some(4),
            5 | 6 | 7 | 20 | 64 => Some(8),
            72 => Some(16),
            13 | 30 | 31 | 258 => None,
            // of unknown length: what follows cannot be found
            _ => return None,
        };
        let count = match (is_list, fixed) {
            (false, Some(_)) => 1,
            _ => self.rest.length()?,
        };
        let mut first = None;
        for _ in 0..count {
            let bytes = match fixed {
                Some(length) => self.rest.take(length)?,
                None => self.rest.padded()?,
            };
            first = first.or(Some(bytes));
        }
        let bytes = first.unwrap_or_default();
        Some((id, Value { kind, bytes }))
    }
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn length(&mut self) -> Option<usize> {
        usize::try_from(self.u32()?).ok()
    }

    /// A length, that many bytes, and zeros up to a multiple of four.
    fn padded(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        let bytes = self.take(length)?;
        let padding = length.wrapping_neg() & 3;
        self.0 = self.0.get(padding..).unwrap_or_default();
        Some(bytes)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
        let mut out = vec![level];
        out.extend(id.to_le_bytes());
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
        out.extend([0, 0]);
        out
    }

    fn property(kind: u16, id: u16, data: &[u8]) -> Vec<u8> {
        let mut out = [kind.to_le_bytes(), id.to_le_bytes()].concat();
        out.extend(1u32.to_le_bytes());
        out.extend((data.len() as u32).to_le_bytes());
        out.extend(data);
        out.resize(out.len().next_multiple_of(4), 0);
        out
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    fn with(attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut out = SIGNATURE.to_le_bytes().to_vec();
        out.extend([1, 0]);
        out.extend(attributes.concat());
        out
    }

    /// A winmail.dat with a body and a file with a Russian name.
    fn sample() -> Vec<u8> {
        let body = [
            vec![2, 0, 0, 0],
            // an integer and a named property stand in the way
            [3u16.to_le_bytes(), 0x17u16.to_le_bytes()].concat(),
            vec![1, 0, 0, 0],
            property(0x1f, 0x1000, &utf16("Прайс во вложении\0")),
        ]
        .concat();
        let names = [
            vec![1, 0, 0, 0],
            property(0x1f, 0x3707, &utf16("Прайс на май.xlsx\0")),
        ]
        .concat();
        with(&[
            attribute(1, CODEPAGE, &1251u32.to_le_bytes()),
            attribute(1, PROPERTIES, &body),
            attribute(2, NEW_FILE, &[0; 14]),
            attribute(2, FILE_TITLE, b"price.xls\0"),
            attribute(2, FILE_DATA, b"1;2;3"),
            attribute(2, FILE_PROPERTIES, &names),
        ])
    }

    #[test]
    fn a_body_and_a_file_come_out() {
        let found = read(&sample()).unwrap();
        assert_eq!(found.text, "Прайс во вложении");
        assert_eq!(found.files.len(), 1);
        assert_eq!(found.files[0].name, "Прайс на май.xlsx");
        assert_eq!(found.files[0].bytes, b"1;2;3");
    }

    #[test]
    fn bodies_in_the_code_page_and_in_html() {
        let (body, _, _) = encoding_rs::WINDOWS_1251.encode("Не работает импорт\0");
        let page = attribute(1, CODEPAGE, &1251u32.to_le_bytes());
        let found = read(&with(&[page, attribute(1, BODY, &body)])).unwrap();
        assert_eq!(found.text, "Не работает импорт");
        let html = [vec![1, 0, 0, 0], property(0x102, 0x1013, b"<p>Hi</p>")].concat();
        let found = read(&with(&[attribute(1, PROPERTIES, &html)])).unwrap();
        assert_eq!(found.html, "<p>Hi</p>");
    }

    #[test]
    fn what_is_no_tnef_is_not_opened() {
        for bytes in [
            &b""[..],
            b"PK\x03\x04",
            &SIGNATURE.to_le_bytes(),
            &with(&[]),
        ] {
            assert!(read(bytes).is_none());
        }
    }

    #[test]
    fn a_cut_off_file_gives_what_it_has() {
        let sample = sample();
        let found = read(&sample[..sample.len() - 40]).unwrap();
        assert_eq!(found.files[0].name, "price.xls");
        for end in 0..sample.len() {
            read(&sample[..end]);
        }
    }

    #[test]
    fn false_counts_end_soon() {
        let list = [vec![1, 0, 0, 0], vec![2, 0x10, 5, 0], vec![0xff; 4]].concat();
        assert!(read(&with(&[attribute(1, PROPERTIES, &list)])).is_none());
    }

    proptest! {
        #[test]
        fn any_damage_is_read(at in 0usize..200, byte in any::<u8>(), tail in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut bytes = sample();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.splice(at..at, tail);
            read(&bytes);
        }
    }
}
