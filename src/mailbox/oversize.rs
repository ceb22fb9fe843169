//! What is kept of a mail over the size limit: its headers, and how large it was.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// What is looked at of such a mail, in bytes.
pub const HEADER_BYTES: usize = 256 << 10;

/// Cuts a mail, or its beginning, down to its headers and the empty line under them.
pub fn cut_to_headers(bytes: &mut Vec<u8>) {
    bytes.truncate(HEADER_BYTES);
    let ends: [&[u8]; 2] = [b"\r\n\r\n", b"\n\n"];
    let found = ends.iter().filter_map(|end| {
        let at = bytes.windows(end.len()).position(|window| window == *end)?;
        Some(at + end.len())
    });
    let end = found.min().unwrap_or(bytes.len());
    bytes.truncate(end);
}

/// The mail of a file, or its headers when it is over the limit; and its size, in bytes.
///
/// # Errors
/// Those of the file.
pub fn read(path: &Path, limit: u64) -> io::Result<(Vec<u8>, u64)> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut bytes = Vec::new();
    if size <= limit {
        file.read_to_end(&mut bytes)?;
    } else {
        file.take(HEADER_BYTES as u64).read_to_end(&mut bytes)?;
        cut_to_headers(&mut bytes);
    }
    Ok((bytes, size))
}
