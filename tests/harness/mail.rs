//! Just enough of a mail for a test to build one and to look into one.

/// A plain mail with CRLF line ends; `headers` are further header lines without line ends.
pub fn plain(from: &str, to: &str, subject: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let mut text = format!("From: {from}\nTo: {to}\nSubject: {subject}\n");
    for header in headers {
        text.push_str(header);
        text.push('\n');
    }
    text.push_str("MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n");
    text.push_str("Content-Transfer-Encoding: 8bit\n\n");
    text.push_str(body);
    text.push('\n');
    text.replace("\r\n", "\n")
        .replace('\n', "\r\n")
        .into_bytes()
}

/// A header's value as it stands in the mail, unfolded; `None` when there is none.
pub fn header(mail: &[u8], name: &str) -> Option<String> {
    headers(mail)
        .into_iter()
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// All header fields in order, unfolded.
pub fn headers(mail: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(mail).replace("\r\n", "\n");
    let head = text.split("\n\n").next().unwrap_or_default();
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    fields
}

/// The decoded subject and text, by an independent reader (not the one under test).
pub fn decoded(mail: &[u8]) -> (String, String) {
    use mailparse::MailHeaderMap;
    let parsed = mailparse::parse_mail(mail).unwrap();
    let subject = parsed.headers.get_first_value("Subject");
    let part = parsed
        .parts()
        .find(|part| part.ctype.mimetype == "text/plain")
        .and_then(|part| part.get_body().ok());
    (subject.unwrap_or_default(), part.unwrap_or_default())
}
