//! Who does not want to be asked.

use crate::{
    address::Address,
    clock,
    store::{Pen, StoreError},
};

/// How a customer said that they do not want to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// On the page.
    Page,
    /// By the button of their mail program (RFC 8058).
    OneClick,
    /// By mail.
    Mail,
    /// They told an agent.
    Desk,
}

impl Refused {
    fn word(self) -> &'static str {
        match self {
            Refused::Page => "page",
            Refused::OneClick => "one_click",
            Refused::Mail => "mail",
            Refused::Desk => "desk",
        }
    }
}

impl Pen<'_> {
    /// Notes that a customer does not want to be asked. The first word of it is kept.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn refuse_nps(&self, who: &Address, how: Refused) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO nps_refusals (address_key, at, how) VALUES (?1, ?2, ?3) \
                 ON CONFLICT DO NOTHING",
            )?
            .execute((who.key(), clock::now().as_millisecond(), how.word()))?;
        Ok(())
    }

    /// Lets a customer be asked again. Returns whether they had refused.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn allow_nps(&self, who: &Address) -> Result<bool, StoreError> {
        let gone = self
            .conn
            .prepare_cached("DELETE FROM nps_refusals WHERE address_key = ?1")?
            .execute([who.key()])?;
        Ok(gone > 0)
    }
}
