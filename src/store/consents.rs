//! OAuth2 consents: the refresh token that counts.
//!
//! A provider may give a new refresh token with every answer and take the old one no more: the new
//! one is stored before anything is done with it. The generation tells a token from the ones before
//! and after it, so that nobody writes over a newer one; the lease keeps a second process from
//! using the same token at the same time, which some providers take for theft.

use jiff::Timestamp;
use rusqlite::OptionalExtension;
use secrecy::{ExposeSecret, SecretString};

use super::{Pen, StoreError, View};
use crate::clock;

/// A consent as it is stored.
#[derive(Clone, Debug)]
pub struct StoredConsent {
    /// One more with every token.
    pub generation: i64,
    /// The token.
    pub refresh_token: SecretString,
    /// Why the provider takes it no more; empty while it does.
    pub ended: String,
    /// When a person gave it.
    pub given_at: Timestamp,
    /// When the provider last gave another token for it.
    pub renewed_at: Timestamp,
}

impl View<'_> {
    /// The consent of a name.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn consent(&self, name: &str) -> Result<Option<StoredConsent>, StoreError> {
        let sql = "SELECT generation, refresh_token, ended, given_at, renewed_at FROM consents \
                   WHERE name = ?1";
        let time = |at: i64| Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
        let found = self.conn.prepare_cached(sql)?.query_row([name], |row| {
            Ok(StoredConsent {
                generation: row.get(0)?,
                refresh_token: SecretString::from(row.get::<_, String>(1)?),
                ended: row.get(2)?,
                given_at: time(row.get(3)?),
                renewed_at: time(row.get(4)?),
            })
        });
        Ok(found.optional()?)
    }
}

impl Pen<'_> {
    /// A person gave consent: this token counts from now on.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn give_consent(&self, name: &str, token: &SecretString) -> Result<(), StoreError> {
        let now = clock::now().as_millisecond();
        self.conn
            .prepare_cached(
                "INSERT INTO consents (name, generation, refresh_token, given_at, renewed_at) \
                 VALUES (?1, 1, ?2, ?3, ?3) ON CONFLICT (name) DO UPDATE SET \
                 generation = generation + 1, refresh_token = excluded.refresh_token, \
                 given_at = excluded.given_at, renewed_at = excluded.renewed_at, ended = '', \
                 lease_until = 0",
            )?
            .execute((name, token.expose_secret(), now))?;
        Ok(())
    }

    /// Takes the right to use the token of this generation until then. False when another one is
    /// using it, or it is no longer the one that counts.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn lease_consent(
        &self,
        name: &str,
        generation: i64,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let now = clock::now().as_millisecond();
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE consents SET lease_until = ?3 \
                 WHERE name = ?1 AND generation = ?2 AND lease_until <= ?4",
            )?
            .execute((name, generation, until.as_millisecond(), now))?;
        Ok(changed > 0)
    }

    /// Stores the token that the provider gave for the one of this generation, and ends the lease.
    /// False when a newer one is there already.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn renew_consent(
        &self,
        name: &str,
        generation: i64,
        token: &SecretString,
    ) -> Result<bool, StoreError> {
        let now = clock::now().as_millisecond();
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE consents SET generation = generation + 1, refresh_token = ?3, \
                 renewed_at = ?4, lease_until = 0 WHERE name = ?1 AND generation = ?2",
            )?
            .execute((name, generation, token.expose_secret(), now))?;
        Ok(changed > 0)
    }

    /// Notes why the provider no longer takes the token of this generation. False when a newer
    /// one is there.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn end_consent(&self, name: &str, generation: i64, why: &str) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE consents SET ended = ?3, lease_until = 0 \
                 WHERE name = ?1 AND generation = ?2",
            )?
            .execute((name, generation, why))?;
        Ok(changed > 0)
    }

    /// Ends every lease: those who had them are gone.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn release_consents(&self) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE consents SET lease_until = 0 WHERE lease_until > 0",
            [],
        )?;
        Ok(())
    }

    /// Ends the lease: the token stays as it is.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn release_consent(&self, name: &str, generation: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE consents SET lease_until = 0 WHERE name = ?1 AND generation = ?2",
            )?
            .execute((name, generation))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::store::Store;

    #[tokio::test]
    async fn a_backup_cannot_open_the_mailboxes() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("desk.db")).unwrap();
        let token = SecretString::from("refresh-".repeat(200));
        let given = token.clone();
        let give = move |pen: &Pen<'_>| pen.give_consent("support", &given);
        store.write(give).await.unwrap();
        let target = dir.path().join("copy.db");
        store.backup(target.clone()).await.unwrap();
        let bytes = std::fs::read(&target).unwrap();
        assert!(memchr::memmem::find(&bytes, b"refresh-refresh-").is_none());
        let copy = Store::open_existing(&target).unwrap();
        let none = copy.read(|view| view.consent("support")).await.unwrap();
        assert!(none.is_none());
        let kept = store.read(|view| view.consent("support")).await.unwrap();
        let kept = kept.unwrap().refresh_token;
        assert_eq!(kept.expose_secret(), token.expose_secret());
    }

    #[tokio::test]
    async fn a_newer_token_is_never_written_over_and_is_used_by_one_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("desk.db")).unwrap();
        let soon = clock::now() + SignedDuration::from_secs(60);
        let secret = |text: &str| SecretString::from(text.to_owned());
        let all = store.write(move |pen| {
            pen.give_consent("support", &secret("first"))?;
            assert!(pen.lease_consent("support", 1, soon)?);
            assert!(!pen.lease_consent("support", 1, soon)?, "in use");
            assert!(pen.renew_consent("support", 1, &secret("second"))?);
            assert!(!pen.renew_consent("support", 1, &secret("late"))?);
            assert!(!pen.end_consent("support", 1, "of the first")?);
            assert!(!pen.lease_consent("support", 1, soon)?, "no longer there");
            assert!(pen.lease_consent("support", 2, soon)?);
            assert!(pen.end_consent("support", 2, "revoked")?);
            let ended = pen.consent("support")?.unwrap();
            assert_eq!((ended.generation, ended.ended.as_str()), (2, "revoked"));
            assert_eq!(ended.refresh_token.expose_secret(), "second");
            pen.give_consent("support", &secret("third"))?;
            let given = pen.consent("support")?.unwrap();
            assert_eq!((given.generation, given.ended.as_str()), (3, ""));
            assert!(!format!("{given:?}").contains("third"));
            Ok::<_, StoreError>(())
        });
        all.await.unwrap();
    }
}
