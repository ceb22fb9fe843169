//! Where answers, ratings and bounces come back to: signed sub-addresses of the desk (RFC 5233).

use super::Desk;
use crate::{
    address::Address,
    token::{Purpose, Signer},
};

/// Longest local part that mail servers must take, in octets (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL: usize = 64;

/// The desk's address with a token for `party`, or the plain one where the server knows no
/// sub-addresses or the token would make the local part too long.
pub(super) fn signed(
    desk: &Desk,
    signer: &Signer,
    purpose: Purpose,
    id: i64,
    party: &str,
) -> Address {
    let detail = format!("{}{}", purpose.letter(), signer.seal(purpose, id, party));
    let address = desk.address.with_detail(&desk.delimiter, &detail);
    if carries_tokens(desk) && address.local().len() <= MAX_LOCAL {
        address
    } else {
        desk.address.clone()
    }
}

/// Whether the desk's address can carry a token at all.
pub(super) fn carries_tokens(desk: &Desk) -> bool {
    !desk.delimiter.is_empty()
}
