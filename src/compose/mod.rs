//! WRITE: ticket and text to RFC 5322 bytes and an envelope. Pure.

use crate::address::Address;

/// A finished mail: exactly these bytes are sent, however often it is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Without angle brackets.
    pub message_id: String,
    /// The envelope sender; empty is the null path `<>`.
    pub envelope_from: String,
    /// The one recipient.
    pub recipient: Address,
    /// The decoded subject, for lists.
    pub subject: String,
    /// RFC 5322 bytes with CRLF line ends.
    pub bytes: Vec<u8>,
}
