//! Secrets: in the file itself, in a file of their own, or in the environment.
//!
//! A relative `x_file` is looked for in `$CREDENTIALS_DIRECTORY` first (systemd's
//! `LoadCredential=`, systemd.exec(5)), then beside the config file.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use secrecy::SecretString;

use super::{
    context::{Context, io_cause},
    fields::is_given,
};
use crate::toml_reader::Table;

/// No password is longer; a device or a log named by mistake must not fill the memory.
const MAX_BYTES: u64 = 64 << 10;

impl Context<'_> {
    /// The secret `key`, from `key`, `key_file` or `key_env`; `None` when none of them is given.
    pub fn secret(&self, table: &Table<'_, '_>, key: &str) -> Option<SecretString> {
        let (file_key, env_key) = (format!("{key}_file"), format!("{key}_env"));
        let keys = [key, &file_key, &env_key];
        let given: Vec<&str> = keys.into_iter().filter(|k| is_given(table, k)).collect();
        let source = *given.first()?;
        for extra in given.iter().skip(1) {
            table.fault(extra, format!("{source} is given too: keep one of the two"));
        }
        // from here a fault is said already: a placeholder keeps "is required" from being added
        let text = table.optional_string(source).unwrap_or_default();
        let found = if source == file_key {
            self.read_file(&text)
        } else if source == env_key {
            self.read_env(&text)
        } else {
            Ok(text)
        };
        let secret = found.and_then(|text| {
            if text.contains(['\r', '\n', '\0']) {
                Err("must be one line: the secret holds a line break or a NUL".to_owned())
            } else {
                Ok(SecretString::from(text))
            }
        });
        Some(secret.unwrap_or_else(|problem| {
            table.fault(source, problem);
            SecretString::default()
        }))
    }

    /// The text of the file that `key` names, such as a private key in PEM; `None` when it is not
    /// given.
    pub fn pem(&self, table: &Table<'_, '_>, key: &str) -> Option<SecretString> {
        let name = table.string(key, "");
        if name.is_empty() {
            return None;
        }
        match self.read_file(&name) {
            Ok(text) => Some(SecretString::from(text)),
            Err(problem) => {
                table.fault(key, problem);
                // the fault is said: no other is to be added
                None
            }
        }
    }

    fn read_env(&self, name: &str) -> Result<String, String> {
        if name.is_empty() {
            return Ok(String::new());
        }
        match (self.env)(name).map(without_line_end) {
            None => Err(format!(
                "the environment variable {name} is not set: set it for the service, or use the \
                 _file form of this key"
            )),
            Some(text) if text.is_empty() => {
                Err(format!("the environment variable {name} is empty"))
            }
            Some(text) => Ok(text),
        }
    }

    fn read_file(&self, name: &str) -> Result<String, String> {
        if name.is_empty() {
            return Ok(String::new());
        }
        let beside = self.base_dir.join(name);
        let credential = self.credential(name);
        let path = credential
            .as_deref()
            .filter(|path| path.exists())
            .unwrap_or(&beside);
        let bytes = read_capped(path).map_err(|error| {
            let also = credential
                .as_deref()
                .map(|path| format!(" (nor is there {})", path.display()))
                .filter(|_| error.kind() == io::ErrorKind::NotFound)
                .unwrap_or_default();
            format!(
                "cannot read {}: {}{also}: the file must hold the secret and be readable by the \
                 service",
                path.display(),
                io_cause(&error)
            )
        })?;
        let shown = path.display();
        match String::from_utf8(bytes).map(without_line_end) {
            Err(_) => Err(format!("{shown} is not UTF-8 text")),
            Ok(text) if text.is_empty() => Err(format!("{shown} is empty")),
            Ok(text) => Ok(text),
        }
    }

    fn credential(&self, name: &str) -> Option<PathBuf> {
        let directory = (self.env)("CREDENTIALS_DIRECTORY").filter(|text| !text.is_empty())?;
        Path::new(name)
            .is_relative()
            .then(|| Path::new(&directory).join(name))
    }
}

fn read_capped(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "it is larger than 64 KiB",
        ));
    }
    Ok(bytes)
}

/// Editors and `echo` end a file with a line end that is no part of the secret.
fn without_line_end(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}
