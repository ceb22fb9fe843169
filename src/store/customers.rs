//! What the desk knows of a customer beside their tickets: tags, on an address or a whole domain.

use super::{Pen, StoreError, Ticket, View};
use crate::address::Address;

/// A customer's tag, and whether their address or their domain has it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CustomerTag {
    /// The tag.
    pub tag: String,
    /// `anna@shop.example`, or `@shop.example` for everybody there.
    pub of: String,
}

impl Pen<'_> {
    /// Adds tags to an address, or to all of a domain (`@shop.example`), and takes others away.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn tag_customer(
        &self,
        of: &str,
        tags: &[String],
        untags: &[String],
    ) -> Result<(), StoreError> {
        let of = of.to_lowercase();
        for tag in tags {
            self.conn
                .prepare_cached(
                    "INSERT INTO customer_tags (customer, tag) VALUES (?1, ?2) \
                     ON CONFLICT (customer, tag) DO NOTHING",
                )?
                .execute((&of, tag))?;
        }
        for tag in untags {
            self.conn
                .prepare_cached("DELETE FROM customer_tags WHERE customer = ?1 AND tag = ?2")?
                .execute((&of, tag))?;
        }
        Ok(())
    }
}

impl View<'_> {
    /// The tickets that an address opened, newest first, at most so many.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn tickets_of(&self, who: &Address, limit: usize) -> Result<Vec<Ticket>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT number FROM tickets WHERE requester_key = ?1 \
             ORDER BY opened_at DESC, number DESC LIMIT ?2",
        )?;
        let rows = select.query_map((who.key(), limit), |row| row.get::<_, i64>(0))?;
        let numbers: Vec<i64> = rows.collect::<Result<_, _>>()?;
        numbers
            .into_iter()
            .map(|number| self.ticket(number))
            .collect()
    }

    /// The tags of a customer: of the address itself, then of its domain.
    ///
    /// # Errors
    /// The database's trouble.
    pub fn customer_tags(&self, who: &Address) -> Result<Vec<CustomerTag>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT tag, customer FROM customer_tags WHERE customer IN (?1, ?2) \
             ORDER BY customer LIKE '@%', tag",
        )?;
        let domain = format!("@{}", who.domain().to_lowercase());
        let rows = select.query_map((who.key(), domain), |row| {
            Ok(CustomerTag {
                tag: row.get(0)?,
                of: row.get(1)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
