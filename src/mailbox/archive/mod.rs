//! Mail that lies in files: an mbox, a Maildir, `.eml` files, and directories of them.

pub mod mbox;

use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use super::oversize;

/// What tells a file's kind, in bytes of its beginning.
const HEAD: u64 = 64 << 10;
/// Fields of which every mail has one.
const FIELDS: [&str; 7] = [
    "from",
    "to",
    "subject",
    "date",
    "received",
    "message-id",
    "return-path",
];

/// Why a path gives no mail.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read.
    #[error("reading {}: {cause}: correct the path, or let this user read it", path.display())]
    Reading {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// A file of another kind.
    #[error("{} {what}", path.display())]
    NotMail {
        /// The file.
        path: PathBuf,
        /// What it is, and what to do.
        what: &'static str,
    },
    /// A directory without mails.
    #[error(
        "there is no mail in {}: it is no Maildir (no `cur` and `new` in it) and holds no .eml or .mbox file", path.display()
    )]
    NoMail {
        /// The directory.
        path: PathBuf,
    },
}

/// A file that holds mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFile {
    /// Where it is.
    pub path: PathBuf,
    /// An mbox; else one mail.
    pub is_mbox: bool,
}

/// Where a mail stands in its file, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// Of its `From ` line in an mbox; 0 where the file is the mail.
    pub offset: u64,
    /// With that line.
    pub length: u64,
}

/// A mail of a file.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Where it stands.
    pub spot: Spot,
    /// The date of its `From ` line, or of its file.
    pub envelope_at: Option<Timestamp>,
    /// Its size in bytes.
    pub size: u64,
    /// Whether `bytes` is all of it; else its headers, since it is over the limit.
    pub whole: bool,
    /// The mail.
    pub bytes: Vec<u8>,
}

/// The files of mails that a path leads to, in the order of their names. `with_folders` takes the
/// folders of a Maildir too (Maildir++: `.Name`).
///
/// # Errors
/// Says what the path is not.
pub fn files(path: &Path, with_folders: bool) -> Result<Vec<MailFile>, ArchiveError> {
    let metadata = fs::metadata(path).map_err(|cause| reading(path, cause))?;
    if !metadata.is_dir() {
        return file(path).map(|file| vec![file]);
    }
    let found = if is_maildir(path) {
        maildir(path, with_folders)?
    } else {
        below(path)?
    };
    match found.is_empty() && !is_maildir(path) {
        true => Err(ArchiveError::NoMail {
            path: path.to_owned(),
        }),
        false => Ok(found),
    }
}

fn is_maildir(path: &Path) -> bool {
    ["cur", "new"].iter().all(|part| path.join(part).is_dir())
}

fn maildir(path: &Path, with_folders: bool) -> Result<Vec<MailFile>, ArchiveError> {
    let mut found = Vec::new();
    for part in ["cur", "new"] {
        let entries = sorted(&path.join(part))?;
        let files = entries
            .into_iter()
            .filter(|path| is_visible(path) && path.is_file());
        found.extend(files.map(|path| MailFile {
            path,
            is_mbox: false,
        }));
    }
    if with_folders {
        let folders = sorted(path)?;
        for folder in folders
            .iter()
            .filter(|path| !is_visible(path) && is_maildir(path))
        {
            found.extend(maildir(folder, false)?);
        }
    }
    Ok(found)
}

/// A directory that is no Maildir, walked without following links: they may lead in a circle.
fn below(path: &Path) -> Result<Vec<MailFile>, ArchiveError> {
    let (mut found, mut open) = (Vec::new(), vec![path.to_owned()]);
    while let Some(directory) = open.pop() {
        let mut inner = Vec::new();
        for path in sorted(&directory)? {
            let kind = fs::symlink_metadata(&path).map_err(|cause| reading(&path, cause))?;
            if kind.is_dir() {
                inner.push(path);
            } else if path.is_file() && (is(&path, "eml") || is(&path, "mbox")) {
                found.push(MailFile {
                    is_mbox: !is(&path, "eml"),
                    path,
                });
            }
        }
        open.extend(inner.into_iter().rev());
    }
    Ok(found)
}

fn sorted(directory: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
    let entries = fs::read_dir(directory).map_err(|cause| reading(directory, cause))?;
    let paths: io::Result<Vec<PathBuf>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut paths = paths.map_err(|cause| reading(directory, cause))?;
    paths.sort();
    Ok(paths)
}

fn is_visible(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    !name.as_encoded_bytes().starts_with(b".")
}

fn is(path: &Path, ending: &str) -> bool {
    let found = path.extension();
    found.is_some_and(|found| found.eq_ignore_ascii_case(ending))
}

/// A file that was named: what it is decides, not how it is called.
fn file(path: &Path) -> Result<MailFile, ArchiveError> {
    let head = head(path).map_err(|cause| reading(path, cause))?;
    let not_mail = |what| {
        let path = path.to_owned();
        Err(ArchiveError::NotMail { path, what })
    };
    let is_mbox = head.starts_with(b"From ") && !is(path, "eml");
    // an mbox may be empty (RFC 4155)
    if is_mbox || head.is_empty() || is_mail(&head) {
        let is_mbox = is_mbox || head.is_empty();
        let path = path.to_owned();
        return Ok(MailFile { path, is_mbox });
    }
    let packed: [&[u8]; 5] = [
        b"\x1f\x8b",
        b"PK\x03\x04",
        b"BZh",
        b"\xfd7zXZ",
        b"\x28\xb5\x2f\xfd",
    ];
    let outlook: [&[u8]; 2] = [b"!BDN", b"\xd0\xcf\x11\xe0"];
    if packed.iter().any(|magic| head.starts_with(magic)) {
        return not_mail("is packed: unpack it and import what comes out");
    }
    if outlook.iter().any(|magic| head.starts_with(magic)) {
        return not_mail("is of Outlook (.pst, .msg): export it as mbox or .eml");
    }
    not_mail("is not mail: it begins neither with headers (.eml) nor with a `From ` line (mbox)")
}

fn head(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(path)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// Whether a file begins as a mail does. A line of the mailbox that it was taken from, a byte order
/// mark and empty lines may stand above it.
fn is_mail(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let lines = head.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let mut headers = lines
        .skip_while(|line| line.is_empty() || line.starts_with(b"From "))
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with(b" ") && !line.starts_with(b"\t"))
        .take_while(|line| is_header_line(line));
    headers.any(|line| {
        let name = line
            .split(|byte| *byte == b':')
            .next()
            .unwrap_or_default()
            .trim_ascii();
        FIELDS
            .iter()
            .any(|field| name.eq_ignore_ascii_case(field.as_bytes()))
    })
}

/// `Name:`, as RFC 5322 section 2.2 has it, and as old writers put a blank before the colon.
fn is_header_line(line: &[u8]) -> bool {
    let Some(colon) = line.iter().position(|byte| *byte == b':') else {
        return false;
    };
    let name = line.get(..colon).unwrap_or_default().trim_ascii_end();
    !name.is_empty() && name.iter().all(u8::is_ascii_graphic)
}

impl MailFile {
    /// Its mails, in their order, those over `limit` bytes by their headers. A file below a directory
    /// that only looks like one by its name has none.
    ///
    /// # Errors
    /// Those of the file.
    pub fn mails(&self, limit: u64) -> io::Result<Box<dyn Iterator<Item = io::Result<Mail>>>> {
        if self.is_mbox {
            let reader = BufReader::with_capacity(256 << 10, File::open(&self.path)?);
            return Ok(Box::new(mbox::mails(reader, limit)));
        }
        if !is_mail(&head(&self.path)?) {
            return Ok(Box::new(std::iter::empty()));
        }
        let mail = self.mail(Spot::default(), limit);
        Ok(Box::new(std::iter::once(mail)))
    }

    /// One of its mails again.
    ///
    /// # Errors
    /// Those of the file.
    pub fn mail(&self, spot: Spot, limit: u64) -> io::Result<Mail> {
        if self.is_mbox {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(spot.offset))?;
            let capacity = usize::try_from(spot.length).unwrap_or(usize::MAX);
            let reader = BufReader::with_capacity(capacity.clamp(1 << 10, 256 << 10), file);
            return mbox::mail(reader, spot.length, limit);
        }
        let modified = fs::metadata(&self.path)?.modified()?;
        let (bytes, size) = oversize::read(&self.path, limit)?;
        Ok(Mail {
            spot: Spot {
                offset: 0,
                length: size,
            },
            envelope_at: Timestamp::try_from(modified).ok(),
            size,
            whole: size <= limit,
            bytes,
        })
    }
}

fn reading(path: &Path, cause: io::Error) -> ArchiveError {
    let path = path.to_owned();
    ArchiveError::Reading { path, cause }
}

#[cfg(test)]
mod tests;
