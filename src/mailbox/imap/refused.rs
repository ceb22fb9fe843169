//! Mails that the server lists and does not give: a damaged one must not keep all others out.
//!
//! Exchange answers NO to a FETCH of which it cannot convert one mail; the whole set is refused.

use super::{
    ImapError,
    fetch::{self, Fetched},
    session::Session,
};

/// What came of a set of mails.
pub(super) struct Given {
    /// Whole mails.
    pub(super) whole: Vec<Fetched>,
    /// By their headers alone, since the server gives others but not these.
    pub(super) headers: Vec<Fetched>,
}

/// The mails of a set. Where the set is refused they are asked for one by one; where each of
/// them is refused, or there is but one, it is the server's trouble and tried again later.
pub(super) async fn bodies(session: &mut Session, uids: &[u32]) -> Result<Given, ImapError> {
    let mut given = Given {
        whole: Vec::new(),
        headers: Vec::new(),
    };
    let error = match fetch::bodies(session, uids).await {
        Ok(whole) => return Ok(Given { whole, ..given }),
        Err(error) if is_refusal(&error) && uids.len() > 1 => error,
        Err(error) => return Err(error),
    };
    let mut refused = Vec::new();
    for uid in uids {
        match fetch::bodies(session, &[*uid]).await {
            Ok(one) => given.whole.extend(one),
            Err(error) if is_refusal(&error) => refused.push(*uid),
            Err(error) => return Err(error),
        }
    }
    if given.whole.is_empty() {
        return Err(error);
    }
    for uid in refused {
        given.headers.extend(headers(session, uid).await?);
    }
    Ok(given)
}

/// The headers of one mail; a bare name where not even these are given; nothing when it is gone,
/// which some servers answer with NO, too.
async fn headers(session: &mut Session, uid: u32) -> Result<Vec<Fetched>, ImapError> {
    match fetch::headers(session, &[uid]).await {
        Err(error) if is_refusal(&error) => {}
        other => return other,
    }
    if !fetch::is_there(session, uid).await? {
        return Ok(Vec::new());
    }
    // a name of its own, or a second such mail would be taken for a copy of the first
    let bytes = format!("Message-ID: <{uid}.refused@imap.invalid>\r\n\r\n").into_bytes();
    Ok(vec![Fetched { uid, bytes }])
}

fn is_refusal(error: &ImapError) -> bool {
    matches!(error, ImapError::No { .. } | ImapError::Bad { .. })
}
