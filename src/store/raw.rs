//! Raw mails: kept whole, compressed where it pays.

use std::cell::RefCell;

use rusqlite::OptionalExtension;
use zstd::bulk::{Compressor, Decompressor};

use super::{Pen, StoreError, View};

/// Below this zstd's frame saves less than a page of the database.
const WORTH_COMPRESSING: usize = 512;
thread_local! {
    // making a context costs more than compressing a mail with it
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = RefCell::new(Compressor::new(LEVEL).ok());
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = RefCell::new(Decompressor::new().ok());
}

/// zstd's fastest ordinary level: intake speed matters more than the last percent.
const LEVEL: i32 = 1;

impl Pen<'_> {
    pub(super) fn put_raw(&self, bytes: &[u8]) -> Result<i64, StoreError> {
        let packed = (bytes.len() >= WORTH_COMPRESSING)
            .then(|| COMPRESSOR.with_borrow_mut(|zstd| zstd.as_mut()?.compress(bytes).ok()))
            .flatten()
            .filter(|packed| packed.len() < bytes.len() - bytes.len() / 10);
        let (encoding, stored) = match &packed {
            Some(packed) => ("zstd", packed.as_slice()),
            None => ("plain", bytes),
        };
        self.conn
            .prepare_cached("INSERT INTO raw_mails (size, encoding, bytes) VALUES (?1, ?2, ?3)")?
            .execute((bytes.len(), encoding, stored))?;
        Ok(self.conn.last_insert_rowid())
    }
}

impl View<'_> {
    pub(super) fn get_raw(&self, id: i64) -> Result<Vec<u8>, StoreError> {
        let found: Option<(usize, String, Vec<u8>)> = self
            .conn
            .prepare_cached("SELECT size, encoding, bytes FROM raw_mails WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let (size, encoding, bytes) =
            found.ok_or_else(|| StoreError::NotFound(format!("raw mail {id} is gone")))?;
        match encoding.as_str() {
            "zstd" => DECOMPRESSOR.with_borrow_mut(|zstd| {
                let unpacked = zstd.as_mut().map(|zstd| zstd.decompress(&bytes, size));
                let unpacked = unpacked.and_then(Result::ok);
                unpacked.ok_or_else(|| {
                    StoreError::Damaged(format!("raw mail {id} cannot be decompressed"))
                })
            }),
            _ => Ok(bytes),
        }
    }

    /// The exact bytes of a message, as they came or as they were sent.
    ///
    /// # Errors
    /// When there is no such message, or it has no raw form (a note).
    pub fn raw_of_message(&self, message: i64) -> Result<Vec<u8>, StoreError> {
        let raw: Option<i64> = self
            .conn
            .prepare_cached("SELECT raw FROM messages WHERE id = ?1")?
            .query_row([message], |row| row.get(0))
            .optional()?
            .ok_or_else(|| StoreError::NotFound(format!("there is no message {message}")))?;
        match raw {
            Some(raw) => self.get_raw(raw),
            None => Err(StoreError::NotFound(format!(
                "message {message} has no raw form: it was written here"
            ))),
        }
    }
}
