//! What an admin reads when the config file is wrong: each invalid file with its exact messages.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests; the lint knows only test functions"
)]

use std::{fs, path::Path};

use maildesk::{
    config::Config,
    toml_reader::{Fault, FaultList},
};
use tempfile::TempDir;

/// A file of the shortest kind that is valid, with parts to replace.
const DESK: &str = "[desk]\naddress = \"support@example.com\"\n";
const MAILBOX: &str = "[[mailbox]]\nname = \"support\"\nhost = \"imap.example.com\"\n\
                       username = \"support@example.com\"\npassword = \"correct horse\"\n";
const MAILDIR: &str = "[[mailbox]]\nname = \"support\"\nsource = \"maildir\"\n\
                       path = \"/var/mail/support\"\n";
const SMTP: &str = "[smtp]\nhost = \"smtp.example.com\"\n";

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, bytes) in [
            ("good", b"from a file\n".as_slice()),
            ("dos", b"from a file\r\n"),
            ("empty", b"\n"),
            ("two-lines", b"hunter2\nhunter3\n"),
            ("nul", b"hunter2\0\n"),
            ("latin1", b"hunter2\xe9\n"),
        ] {
            fs::write(directory.path().join(name), bytes).unwrap();
        }
        fs::write(directory.path().join("long"), vec![b'x'; 65 << 10]).unwrap();
        Self(directory)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn parse(&self, text: &str) -> Result<Config, Vec<Fault>> {
        let credentials = self.path().join("credentials").display().to_string();
        Config::parse("c.toml", text, self.path(), &|name| match name {
            "GOOD" => Some("from the environment".to_owned()),
            "EMPTY" => Some(String::new()),
            "TWO_LINES" => Some("hunter2\nhunter3".to_owned()),
            "CREDENTIALS_DIRECTORY" => Some(credentials.clone()),
            _ => None,
        })
    }

    /// The messages, with the directory of the test blanked.
    fn messages(&self, text: &str) -> Vec<String> {
        let faults = self.parse(text).err().unwrap_or_default();
        let shown = FaultList(&faults).to_string();
        assert!(!shown.contains("hunter"), "a secret is shown: {shown}");
        let place = self.path().display().to_string();
        shown
            .lines()
            .map(|line| line.replace(&place, "DIR"))
            .collect()
    }
}

#[test]
fn the_shortest_file_is_valid() {
    let place = Place::new();
    assert_eq!(place.messages(&format!("{DESK}{MAILBOX}{SMTP}")), [""; 0]);
}

/// Where the lines of a case go; a key that the valid file has there gives way.
#[derive(Clone, Copy)]
enum Section {
    Desk,
    Mailbox,
    /// In place of the IMAP mailbox.
    Maildir,
    Smtp,
    /// At the end of the file.
    Rest,
}

use Section::{Desk, Mailbox, Maildir, Rest, Smtp};

/// The valid file with the lines of a case first in their section.
fn file(section: Section, lines: &str) -> String {
    let has_key = |line: &&str| match line.split_once(" = ") {
        Some((key, _)) => lines.lines().any(|l| l.starts_with(&format!("{key} = "))),
        None => false,
    };
    let with_lines = |base: &str| -> String {
        let rest: Vec<&str> = base.lines().skip(1).filter(|l| !has_key(l)).collect();
        let head = base.lines().next().unwrap_or_default();
        // a sub-table ends the keys of its table
        if lines.starts_with('[') {
            format!("{head}\n{}\n{lines}\n", rest.join("\n"))
        } else {
            format!("{head}\n{lines}\n{}\n", rest.join("\n"))
        }
    };
    match section {
        Desk => format!("{}{MAILBOX}{SMTP}", with_lines(DESK)),
        Mailbox => format!("{DESK}{}{SMTP}", with_lines(MAILBOX)),
        Maildir => format!("{DESK}{}{SMTP}", with_lines(MAILDIR)),
        Smtp => format!("{DESK}{MAILBOX}{}", with_lines(SMTP)),
        Rest => format!("{DESK}{MAILBOX}{SMTP}{lines}\n"),
    }
}

#[rustfmt::skip] // a message a line, however long
const CASES: &[(Section, &str, &[&str])] = &[
    (Desk, r#"address = """#,
     &[r#"c.toml:2: desk.address = "": is required: write for example address = "support@example.com""#]),
    (Desk, r#"address = "support""#,
     &[r#"c.toml:2: desk.address = "support": must be an address such as "support@example.com""#]),
    (Desk, r#"address = "Acme <support@example.com>""#,
     &[r#"c.toml:2: desk.address = "Acme <support@example.com>": must be the address alone, without a name: write "support@example.com""#]),
    (Desk, r#"address = "support@почта.example""#,
     &[r#"c.toml:2: desk.address = "support@почта.example": must be in ASCII: write an international domain in its xn-- form"#]),
    (Desk, r#"name = "Acme\nBcc: all""#,
     &[r#"c.toml:2: desk.name = "Acme\nBcc: all": must be one line without control characters"#]),
    (Desk, "name = 5",
     &["c.toml:2: desk.name = 5: must be a string in quotes, found an integer"]),
    (Desk, r#"language = "ua""#,
     &[r#"c.toml:2: desk.language = "ua": must be one of "en", "ru", "uk": did you mean "uk"?"#]),
    (Desk, r#"timezone = "Europe/Moskow""#,
     &[r#"c.toml:2: desk.timezone = "Europe/Moskow": must be an IANA time zone such as "Europe/Kyiv": did you mean "Europe/Moscow"?"#]),
    (Desk, r#"adress = "support@example.com""#,
     &[r#"c.toml:2: desk.adress = "support@example.com": unknown key: did you mean "address"?; known: "name", "address", "language", "timezone", "secret_file", "public_url""#]),
    (Desk, r#"public_url = "support.example.com""#,
     &[r#"c.toml:2: desk.public_url = "support.example.com": must be a URL such as "https://support.example.com""#]),
    (Desk, r#"public_url = "ftp://support.example.com""#,
     &[r#"c.toml:2: desk.public_url = "ftp://support.example.com": must be a URL such as "https://support.example.com""#]),
    (Desk, r#"public_url = "https://support.example.com/""#,
     &[r#"c.toml:2: desk.public_url = "https://support.example.com/": must not end with a slash: leave it out"#]),
    (Desk, r#"public_url = "https://support.example.com/desk?a=b""#,
     &[r#"c.toml:2: desk.public_url = "https://support.example.com/desk?a=b": must not have a query or a fragment: end it before ? or #"#]),
    (Desk, r#"public_url = "https://me:hunter2@support.example.com""#,
     &["c.toml:2: desk.public_url: must not hold a user or password: remove what stands before @"]),
    (Mailbox, r#"name = """#,
     &[r#"c.toml:4: mailbox[0].name = "": is required: write for example name = "support""#]),
    (Mailbox, r#"name = "Support desk""#,
     &[r#"c.toml:4: mailbox[0].name = "Support desk": must be of a-z, 0-9, _ and - alone"#]),
    (Mailbox, r#"addresses = ["Sales <sales@example.com>"]"#,
     &[r#"c.toml:4: mailbox[0].addresses: "Sales <sales@example.com>" must be an address such as "sales@example.com""#]),
    (Mailbox, r#"source = "pop3""#,
     &[r#"c.toml:4: mailbox[0].source = "pop3": must be one of "imap", "maildir""#]),
    (Mailbox, r#"host = """#,
     &[r#"c.toml:4: mailbox[0].host = "": is required: write for example host = "imap.example.com""#]),
    (Mailbox, r#"host = "imaps://imap.example.com""#,
     &[r#"c.toml:4: mailbox[0].host = "imaps://imap.example.com": must be a host name or an IP address: leave out the scheme"#]),
    (Mailbox, r#"host = "imap.example.com:993""#,
     &[r#"c.toml:4: mailbox[0].host = "imap.example.com:993": must be a host name or an IP address: the port goes into the key port"#]),
    (Mailbox, r#"host = "[::1]""#,
     &[r#"c.toml:4: mailbox[0].host = "[::1]": must be a host name or an IP address: write an IPv6 address without brackets"#]),
    (Mailbox, r#"host = "imap example com""#,
     &[r#"c.toml:4: mailbox[0].host = "imap example com": must be a host name or an IP address: use letters, digits, dots and hyphens"#]),
    (Mailbox, "port = 0",
     &["c.toml:4: mailbox[0].port = 0: must be from 1 to 65535"]),
    (Mailbox, "port = 65536",
     &["c.toml:4: mailbox[0].port = 65536: must be from 1 to 65535"]),
    (Mailbox, r#"port = "993""#,
     &[r#"c.toml:4: mailbox[0].port = "993": must be a whole number from 1 to 65535, found a string"#]),
    (Mailbox, r#"tls = "ssl""#,
     &[r#"c.toml:4: mailbox[0].tls = "ssl": must be one of "implicit", "starttls", "none""#]),
    (Mailbox, r#"tls = "none""#,
     &[r#"c.toml:4: mailbox[0].tls = "none": imap.example.com is not this machine and everything would cross the network in the clear: use "implicit" or "starttls", or set allow_plaintext = true"#]),
    (Mailbox, "tls = \"none\"\nhost = \"192.168.1.5\"",
     &[r#"c.toml:4: mailbox[0].tls = "none": 192.168.1.5 is not this machine and everything would cross the network in the clear: use "implicit" or "starttls", or set allow_plaintext = true"#]),
    (Mailbox, r#"ca_file = "missing.pem""#,
     &[r#"c.toml:4: mailbox[0].ca_file = "missing.pem": cannot read DIR/missing.pem: no such file: it must be a PEM file that the service can read"#]),
    (Mailbox, r#"ca_file = "good""#,
     &[r#"c.toml:4: mailbox[0].ca_file = "good": there is no certificate in DIR/good: it must be PEM, with BEGIN CERTIFICATE"#]),
    (Mailbox, r#"username = """#,
     &[r#"c.toml:4: mailbox[0].username = "": is required: write for example username = "support@example.com""#]),
    (Mailbox, r#"username = "support@example.com\r\nA1 LOGOUT""#,
     &[r#"c.toml:4: mailbox[0].username = "support@example.com\r\nA1 LOGOUT": must be one line without control characters"#]),
    (Mailbox, r#"password = """#,
     &["c.toml:4: mailbox[0].password: is required: give password_file, password_env or password"]),
    (Mailbox, "password = 12345",
     &["c.toml:4: mailbox[0].password: must be a string in quotes, found an integer"]),
    (Mailbox, r#"password = "hunter2\nhunter3""#,
     &["c.toml:4: mailbox[0].password: must be one line: the secret holds a line break or a NUL"]),
    (Mailbox, r#"password = "hunter2\u0000""#,
     &["c.toml:4: mailbox[0].password: must be one line: the secret holds a line break or a NUL"]),
    (Mailbox, r#"password_file = "good""#,
     &[r#"c.toml:4: mailbox[0].password_file = "good": password is given too: keep one of the two"#]),
    (Mailbox, "password = \"\"\npassword_file = \"good\"\npassword_env = \"GOOD\"",
     &[r#"c.toml:6: mailbox[0].password_env = "GOOD": password_file is given too: keep one of the two"#]),
    (Mailbox, "password = \"\"\npassword_file = \"missing\"",
     &[r#"c.toml:5: mailbox[0].password_file = "missing": cannot read DIR/missing: no such file (nor is there DIR/credentials/missing): the file must hold the secret and be readable by the service"#]),
    (Mailbox, "password = \"\"\npassword_file = \"/nonexistent/password\"",
     &[r#"c.toml:5: mailbox[0].password_file = "/nonexistent/password": cannot read /nonexistent/password: no such file: the file must hold the secret and be readable by the service"#]),
    (Mailbox, "password = \"\"\npassword_file = \".\"",
     &[r#"c.toml:5: mailbox[0].password_file = ".": cannot read DIR/.: it is a directory: the file must hold the secret and be readable by the service"#]),
    (Mailbox, "password = \"\"\npassword_file = \"empty\"",
     &[r#"c.toml:5: mailbox[0].password_file = "empty": DIR/empty is empty"#]),
    (Mailbox, "password = \"\"\npassword_file = \"two-lines\"",
     &[r#"c.toml:5: mailbox[0].password_file = "two-lines": must be one line: the secret holds a line break or a NUL"#]),
    (Mailbox, "password = \"\"\npassword_file = \"nul\"",
     &[r#"c.toml:5: mailbox[0].password_file = "nul": must be one line: the secret holds a line break or a NUL"#]),
    (Mailbox, "password = \"\"\npassword_file = \"latin1\"",
     &[r#"c.toml:5: mailbox[0].password_file = "latin1": DIR/latin1 is not UTF-8 text"#]),
    (Mailbox, "password = \"\"\npassword_file = \"long\"",
     &[r#"c.toml:5: mailbox[0].password_file = "long": cannot read DIR/long: it is larger than 64 KiB: the file must hold the secret and be readable by the service"#]),
    (Mailbox, "password = \"\"\npassword_env = \"MISSING\"",
     &[r#"c.toml:5: mailbox[0].password_env = "MISSING": the environment variable MISSING is not set: set it for the service, or use the _file form of this key"#]),
    (Mailbox, "password = \"\"\npassword_env = \"EMPTY\"",
     &[r#"c.toml:5: mailbox[0].password_env = "EMPTY": the environment variable EMPTY is empty"#]),
    (Mailbox, "password = \"\"\npassword_env = \"TWO_LINES\"",
     &[r#"c.toml:5: mailbox[0].password_env = "TWO_LINES": must be one line: the secret holds a line break or a NUL"#]),
    (Mailbox, r#"pasword = "hunter2""#,
     &[r#"c.toml:4: mailbox[0].pasword: unknown key: did you mean "password"?"#]),
    (Mailbox, r#"passwd_fiel = "hunter2""#,
     &[r#"c.toml:4: mailbox[0].passwd_fiel: unknown key: did you mean "password_file"?"#]),
    (Mailbox, "password_file = 5",
     &["c.toml:4: mailbox[0].password_file = 5: password is given too: keep one of the two"]),
    (Mailbox, "[mailbox.oauth2]\nprovider = \"google\"\nclient_id = \"x\"\nclient_secret = \"hunter2\"",
     &["c.toml:7: mailbox[0].password: oauth2 is given too: keep one of the two"]),
    (Mailbox, "password = \"\"\nusername = \"\"\noauth2 = { provider = \"google\", client_id = \"x\", client_secret = \"hunter2\" }",
     &[r#"c.toml:5: mailbox[0].username = "": is required: write for example username = "support@example.com""#]),
    (Mailbox, "password = \"\"\noauth2 = { client_id = \"x\", client_secret = \"hunter2\" }",
     &[r#"c.toml:5: mailbox[0].oauth2.provider: is required: write "google", "microsoft" or "custom""#]),
    (Mailbox, "password = \"\"\noauth2 = { provider = \"gogle\", client_id = \"x\", client_secret = \"hunter2\" }",
     &[r#"c.toml:5: mailbox[0].oauth2.provider = "gogle": must be one of "google", "microsoft", "custom": did you mean "google"?"#]),
    (Mailbox, "password = \"\"\noauth2 = { provider = \"google\", grant = \"device\", tenant = \"t\" }",
     &[r#"c.toml:5: mailbox[0].oauth2.grant = "device": Google gives devices no access to mail: use "code""#,
       r#"c.toml:5: mailbox[0].oauth2.tenant = "t": is for provider = "microsoft" alone: remove it"#,
       "c.toml:5: mailbox[0].oauth2.client_id: is required: write for example client_id = \"00000000-0000-0000-0000-000000000000\"",
       "c.toml:5: mailbox[0].oauth2.client_secret: is required here: give client_secret_file, client_secret_env or client_secret"]),
    (Mailbox, "password = \"\"\noauth2 = { provider = \"google\", grant = \"client_credentials\", client_id = \"x\", client_secret = \"hunter2\" }",
     &[r#"c.toml:5: mailbox[0].oauth2.grant = "client_credentials": Google has no such grant for mail: use "code""#]),
    (Mailbox, "password = \"\"\noauth2 = { provider = \"microsoft\", grant = \"client_credentials\", client_id = \"x\" }",
     &[r#"c.toml:5: mailbox[0].oauth2.tenant: grant = "client_credentials" needs your own tenant: give its id or domain"#,
       "c.toml:5: mailbox[0].oauth2.client_secret: is required here: give client_secret_file, client_secret_env or client_secret"]),
    (Mailbox, "password = \"\"\noauth2 = { provider = \"microsoft\", tenant = \"a/b\", client_id = \"x\", scopes = [\"a b\"] }",
     &[r#"c.toml:5: mailbox[0].oauth2.tenant = "a/b": must be the id of a tenant or one of its domains, such as "example.com""#,
       "c.toml:5: mailbox[0].oauth2.scopes: must hold words that are not empty and have no spaces"]),
    (Mailbox, "password = \"\"\noauth2 = { provider = \"custom\", client_id = \"x\", token_url = \"http://id.example.com/t\" }",
     &[r#"c.toml:5: mailbox[0].oauth2.token_url = "http://id.example.com/t": would send secrets in the clear: write https:// (http:// works with this machine alone)"#,
       "c.toml:5: mailbox[0].oauth2.device_url: is required here: write for example device_url = \"https://id.example.com/x\""]),
    (Mailbox, "password = \"\"\noauth2 = { provider = \"custom\", grant = \"code\", client_id = \"x\", token_url = \"id.example.com\", auth_url = \"https://me:hunter2@id.example.com/a\" }",
     &[r#"c.toml:5: mailbox[0].oauth2.token_url = "id.example.com": must be a URL such as "https://id.example.com/token""#,
       "c.toml:5: mailbox[0].oauth2.auth_url: must not hold a user or password: remove what stands before @"]),
    (Mailbox, "password = \"\"\noauth2 = { provider = \"microsoft\", client_id = \"x\", client_secret = 5, clientsecret = \"hunter2\", ca_file = \"good\" }",
     &["c.toml:5: mailbox[0].oauth2.client_secret: must be a string in quotes, found an integer",
       r#"c.toml:5: mailbox[0].oauth2.ca_file = "good": there is no certificate in DIR/good: it must be PEM, with BEGIN CERTIFICATE"#,
       r#"c.toml:5: mailbox[0].oauth2.clientsecret: unknown key: did you mean "client_secret"?"#]),
    (Smtp, "[smtp.oauth2]\nprovider = \"microsoft\"\nclient_id = \"x\"",
     &[r#"c.toml:8: smtp.username: is required: write for example username = "support@example.com""#]),
    (Smtp, "username = \"u\"\noauth2 = { mailbox = \"support\", client_id = \"x\" }",
     &[r#"c.toml:10: smtp.oauth2.client_id = "x": is taken from the mailbox whose consent is shared: remove it here"#,
       r#"c.toml:10: smtp.oauth2.mailbox = "support": this mailbox has no [mailbox.oauth2]: give it one, or remove this"#]),
    (Smtp, "username = \"u\"\noauth2 = { mailbox = \"sales\" }",
     &[r#"c.toml:10: smtp.oauth2.mailbox = "sales": there is no mailbox of this name: write the name of one"#]),
    (Rest, "username = \"u\"\n[smtp.oauth2]\nprovider = \"microsoft\"\nclient_id = \"x\"\n[[mailbox]]\nname = \"smtp\"\nhost = \"h\"\nusername = \"u\"\noauth2 = { provider = \"microsoft\", client_id = \"x\" }",
     &[r#"c.toml:12: smtp.oauth2.provider = "microsoft": a mailbox with [mailbox.oauth2] is named "smtp", and `maildesk auth smtp` would mean both: give that mailbox another name, or write mailbox = "smtp" here to share its consent"#]),
    (Mailbox, r#"folder = """#,
     &[r#"c.toml:4: mailbox[0].folder = "": must not be empty: write for example folder = "INBOX""#]),
    (Mailbox, r#"start = "yesterday""#,
     &[r#"c.toml:4: mailbox[0].start = "yesterday": must be "now", "all" or a date such as "2026-01-31""#]),
    (Mailbox, r#"start = "2026-02-30""#,
     &[r#"c.toml:4: mailbox[0].start = "2026-02-30": must be "now", "all" or a date such as "2026-01-31""#]),
    (Mailbox, "start = 2026-01-31T10:00:00",
     &[r#"c.toml:4: mailbox[0].start = 2026-01-31T10:00:00: must be "now", "all" or a date such as "2026-01-31""#]),
    (Mailbox, r#"after = "archive""#,
     &[r#"c.toml:4: mailbox[0].after = "archive": must be one of "keep", "seen", "move", "delete""#]),
    (Mailbox, "after = \"move\"\nmove_to = \"\"",
     &[r#"c.toml:5: mailbox[0].move_to = "": is required with after = "move": write for example move_to = "Processed""#]),
    (Mailbox, "after = \"move\"\nmove_to = \"inbox\"",
     &[r#"c.toml:5: mailbox[0].move_to = "inbox": is the watched folder itself: name another one, or set after = "keep""#]),
    (Mailbox, "sent_folder = \"Inbox\"",
     &[r#"c.toml:4: mailbox[0].sent_folder = "Inbox": is the watched folder itself: name another one, or leave it empty to keep no copies"#]),
    (Mailbox, r#"sent_folder = "Sent\nItems""#,
     &[r#"c.toml:4: mailbox[0].sent_folder = "Sent\nItems": must be one line without control characters"#]),
    (Maildir, r#"sent_folder = "Sent""#,
     &[r#"c.toml:4: mailbox[0].sent_folder = "Sent": has no meaning with source = "maildir": remove it"#]),
    (Mailbox, r#"idle = "yes""#,
     &[r#"c.toml:4: mailbox[0].idle = "yes": must be true or false, found a string"#]),
    (Mailbox, r#"poll_interval = "500ms""#,
     &[r#"c.toml:4: mailbox[0].poll_interval = "500ms": must be from 1s to 1d"#]),
    (Mailbox, r#"poll_interval = "2d""#,
     &[r#"c.toml:4: mailbox[0].poll_interval = "2d": must be from 1s to 1d"#]),
    (Mailbox, "poll_interval = 60",
     &[r#"c.toml:4: mailbox[0].poll_interval = 60: must be a duration in quotes such as "30s", "20m", "1h30m" or "14d""#]),
    (Mailbox, r#"path = "/var/mail/support""#,
     &[r#"c.toml:4: mailbox[0].path = "/var/mail/support": is for source = "maildir" alone: remove it, or set the source"#]),
    (Maildir, r#"path = """#,
     &[r#"c.toml:4: mailbox[0].path = "": is required with source = "maildir": write for example path = "/var/mail/support""#]),
    (Maildir, "host = \"imap.example.com\"\npassword = \"hunter2\"\nidle = false",
     &[r#"c.toml:4: mailbox[0].host = "imap.example.com": has no meaning with source = "maildir": remove it"#,
       r#"c.toml:5: mailbox[0].password: has no meaning with source = "maildir": remove it"#,
       r#"c.toml:6: mailbox[0].idle = false: has no meaning with source = "maildir": remove it"#]),
    (Maildir, "after = \"move\"\nmove_to = \"INBOX\"",
     &[r#"c.toml:5: mailbox[0].move_to = "INBOX": is the watched folder itself: name another one, or set after = "keep""#]),
    (Smtp, r#"transport = "sendgrid""#,
     &[r#"c.toml:9: smtp.transport = "sendgrid": must be one of "smtp", "sendmail", "directory": did you mean "sendmail"?"#]),
    (Smtp, r#"host = """#,
     &[r#"c.toml:9: smtp.host = "": is required: write for example host = "smtp.example.com""#]),
    (Smtp, r#"tls = "none""#,
     &[r#"c.toml:9: smtp.tls = "none": smtp.example.com is not this machine and everything would cross the network in the clear: use "implicit" or "starttls", or set allow_plaintext = true"#]),
    (Smtp, "port = -1",
     &["c.toml:9: smtp.port = -1: must be from 1 to 65535"]),
    (Smtp, r#"username = "support@example.com""#,
     &["c.toml:8: smtp.password: is required: give password_file, password_env or password"]),
    (Smtp, r#"password_file = "good""#,
     &[r#"c.toml:8: smtp.username: is required: write for example username = "support@example.com""#]),
    (Smtp, "max_connections = 0",
     &["c.toml:9: smtp.max_connections = 0: must be from 1 to 64"]),
    (Smtp, r#"subaddress_delimiter = "++""#,
     &[r#"c.toml:9: smtp.subaddress_delimiter = "++": must be one of + - = . # _ or "" if the server has none"#]),
    (Smtp, r#"transport = "directory""#,
     &[r#"c.toml:8: smtp.directory: is required with transport = "directory": write for example directory = "/var/lib/maildesk/sent""#]),
    (Smtp, r#"directory = "/tmp/sent""#,
     &[r#"c.toml:9: smtp.directory = "/tmp/sent": is for transport = "directory" alone: remove it, or set the transport"#]),
    (Smtp, r#"sendmail_path = "/usr/bin/msmtp""#,
     &[r#"c.toml:9: smtp.sendmail_path = "/usr/bin/msmtp": is for transport = "sendmail" alone: remove it, or set the transport"#]),
    (Smtp, "max_per_minute = -1",
     &["c.toml:9: smtp.max_per_minute = -1: must be from 0 to 60000"]),
    (Rest, "[dkim]\nselector = \"mail1\"",
     &[r#"c.toml:11: dkim.selector = "mail1": is for signing: give key_file, the private key, too"#]),
    (Rest, "[dkim]\nkey_file = \"good\"",
     &[r#"c.toml:11: dkim.key_file = "good": is for signing: give selector, the name of its record in DNS, too"#]),
    (Rest, "[dkim]\nselector = \"mail1\"\nkey_file = \"good\"",
     &[r#"c.toml:12: dkim.key_file = "good": must be a private key in PEM: RSA of 2048 to 4096 bits, or Ed25519 (PKCS#8)"#]),
    (Rest, "[dkim]\nselector = \"mail1\"\nkey_file = \"missing\"",
     &[r#"c.toml:12: dkim.key_file = "missing": cannot read DIR/missing: no such file (nor is there DIR/credentials/missing): the file must hold the secret and be readable by the service"#]),
    (Rest, "[dkim]\ndomain = \"example.com\"",
     &[r#"c.toml:11: dkim.domain = "example.com": is for signing: give selector and key_file too"#]),
    (Rest, "[tickets]\nundo_within = \"2d\"",
     &[r#"c.toml:11: tickets.undo_within = "2d": must be from 0s to 1d"#]),
    (Rest, "[rules]\ndirectory = \"missing\"",
     &[r#"c.toml:11: rules.directory = "missing": there is no directory DIR/missing: make it, or leave the key out to use what is built in"#]),
    (Rest, "[rules]\navatars = \"http://pictures.example/avatar\"",
     &[r#"c.toml:11: rules.avatars = "http://pictures.example/avatar": would send secrets in the clear: write https:// (http:// works with this machine alone)"#]),
    (Rest, "[templates]\ndirectory = \"good\"",
     &[r#"c.toml:11: templates.directory = "good": there is no directory DIR/good: make it, or leave the key out to use what is built in"#]),
    (Rest, "[acknowledge]\nenabled = 1",
     &["c.toml:11: acknowledge.enabled = 1: must be true or false, found an integer"]),
    (Rest, "[tickets]\nreopen_within = \"20y\"",
     &[r#"c.toml:11: tickets.reopen_within = "20y": must be a duration in quotes such as "30s", "20m", "1h30m" or "14d""#]),
    (Rest, "[limits]\nmax_message_size = \"50 megabytes\"",
     &[r#"c.toml:11: limits.max_message_size = "50 megabytes": must be a size in quotes such as "512KiB" or "25MiB""#]),
    (Rest, "[limits]\nmax_message_size = \"2GiB\"",
     &[r#"c.toml:11: limits.max_message_size = "2GiB": must be from 1KiB to 512MiB"#]),
    (Rest, "[limits]\nautomatic_per_address_per_hour = -1",
     &["c.toml:11: limits.automatic_per_address_per_hour = -1: must be from 0 to 1000000"]),
    (Rest, "[limits]\nnotifications_per_agent_per_hour = \"many\"",
     &[r#"c.toml:11: limits.notifications_per_agent_per_hour = "many": must be a whole number from 0 to 1000000, found a string"#]),
    (Rest, "[limits]\nautomatic_per_desk_per_hour = 2.5",
     &["c.toml:11: limits.automatic_per_desk_per_hour = 2.5: must be a whole number from 0 to 1000000, found a float"]),
    (Rest, "[trust]\nauthserv_ids = [\"mx.example.com\", 5]",
     &["c.toml:11: trust.authserv_ids = 5: must be a string in quotes"]),
    (Rest, "[trust]\nauthserv_ids = [\"\"]",
     &["c.toml:11: trust.authserv_ids: must hold words that are not empty and have no spaces"]),
    (Rest, "[trust]\nverify = \"yes\"",
     &[r#"c.toml:11: trust.verify = "yes": must be true or false, found a string"#]),
    (Rest, "[trust]\nverify = true\ndns_servers = [\"192.0.2.53\", \"dns.example.com\"]",
     &[r#"c.toml:12: trust.dns_servers: must hold IP addresses, with a port or without: write for example ["192.0.2.53"], ["192.0.2.53:5353"] or ["[2001:db8::53]:5353"]"#]),
    (Rest, "[survey]\ndelay = \"soon\"",
     &[r#"c.toml:11: survey.delay = "soon": must be a duration in quotes such as "30s", "20m", "1h30m" or "14d""#]),
    (Rest, "[survey]\ndelay = \"40d\"",
     &[r#"c.toml:11: survey.delay = "40d": must be from 0s to 30d"#]),
    (Rest, "[survey]\nexpires = \"500ms\"",
     &[r#"c.toml:11: survey.expires = "500ms": must be from 1s to 365d"#]),
    (Rest, "[survey]\nhours = \"20:00-20:00\"",
     &[r#"c.toml:11: survey.hours = "20:00-20:00": must be a span of the day such as "09:00-20:00", or "00:00-24:00" for always"#]),
    (Rest, "[nps]\nenabled = \"yes\"",
     &[r#"c.toml:11: nps.enabled = "yes": must be true or false, found a string"#]),
    (Rest, "[nps]\nevery = \"2h\"",
     &[r#"c.toml:11: nps.every = "2h": must be from 1d to 3650d"#,
       r#"c.toml:11: nps.every = "2h": must not be shorter than expires, or a customer has two questions at a time: write for example "180d""#]),
    (Rest, "[nps]\nper_day = 0",
     &[r#"c.toml:11: nps.per_day = 0: must be from 1 to 100000"#]),
    (Rest, "[nps]\nquiet = \"60d\"\nactive_within = \"30d\"",
     &[r#"c.toml:12: nps.active_within = "30d": must be longer than quiet, or nobody is ever asked: write for example "365d""#]),
    (Rest, "[survey]\nhours = \"9-20\"",
     &[r#"c.toml:11: survey.hours = "9-20": must be a span of the day such as "09:00-20:00", or "00:00-24:00" for always"#]),
    (Rest, "[survey]\ndesk_networks = [\"203.0.113.0/24\", \"office\", \"203.0.113.0/40\"]",
     &[r#"c.toml:11: survey.desk_networks: "office" must be an IP address or a block such as "10.0.0.0/8""#,
       r#"c.toml:11: survey.desk_networks: "203.0.113.0/40" must be an IP address or a block such as "10.0.0.0/8""#]),
    (Rest, "[survey]\nshare = 0",
     &[r#"c.toml:11: survey.share = 0: must be more than 0 and at most 1, such as 0.5 for every second ticket; to ask nobody write enabled = false"#]),
    (Rest, "[survey]\nshare = 50",
     &[r#"c.toml:11: survey.share = 50: must be more than 0 and at most 1, such as 0.5 for every second ticket; to ask nobody write enabled = false"#]),
    (Rest, "[survey]\nreminder = \"3d\"\nexpires = \"3d\"",
     &[r#"c.toml:11: survey.reminder = "3d": comes when the survey has hardly a day left, and would never be sent: make it shorter, or [survey].expires longer"#]),
    (Rest, "[[survey.for]]\nmailbox = \"suport\"\nshare = 0.5",
     &[r#"c.toml:11: survey.for[0].mailbox = "suport": no [[mailbox]] has this name: did you mean "support"?: write one of "support""#]),
    (Rest, "[[survey.for]]\nshare = 0.5",
     &[r#"c.toml:10: survey.for[0].mailbox: is missing, and so is category: write for which tickets this is, such as category = "import"; what is for all stands in [survey]"#]),
    (Rest, "[[survey.for]]\ncategory = \"import\"",
     &[r#"c.toml:10: survey.for[0].enabled: is missing: write what is otherwise for these tickets, such as enabled = false"#]),
    (Rest, "[[survey.for]]\ncategory = \"import\"\nexpires = \"3d\"\nenabled = true",
     &[r#"c.toml:12: survey.for[0].expires = "3d": unknown key; known: "mailbox", "category", "enabled", "delay", "cooldown", "share", "reminder", "hours""#]),
    (Rest, "[web]\nlisten = \"localhost:8025\"",
     &[r#"c.toml:11: web.listen = "localhost:8025": must be an IP address and a port such as "127.0.0.1:8025" or "[::1]:8025""#]),
    (Rest, "[web]\nlisten = \"127.0.0.1\"",
     &[r#"c.toml:11: web.listen = "127.0.0.1": must be an IP address and a port such as "127.0.0.1:8025" or "[::1]:8025""#]),
    (Rest, "[web]\ntrusted_proxies = [\"10.0.0.0/8\", \"proxy\", \"::/129\"]",
     &[r#"c.toml:11: web.trusted_proxies: "proxy" must be an IP address or a block such as "10.0.0.0/8""#,
       r#"c.toml:11: web.trusted_proxies: "::/129" must be an IP address or a block such as "10.0.0.0/8""#]),
    (Rest, "[[agent]]\nname = \"Anna\"",
     &[r#"c.toml:10: agent[0].address: is required: write for example address = "anna@example.com""#]),
    (Rest, "[[agent]]\naddress = \"anna@example.com\"\nrole = \"boss\"",
     &[r#"c.toml:10: agent[0].name: is required: write for example name = "Anna""#,
       r#"c.toml:12: agent[0].role = "boss": must be one of "agent", "manager""#]),
    (Rest, "[[agent]]\nname = \"Anna\"\naddress = \"SUPPORT@example.com\"",
     &[r#"c.toml:12: agent[0].address = "SUPPORT@example.com": is an address of the desk itself: give the agent's personal one"#]),
    (Rest, "[[agent]]\nname = \"Anna\"\naddress = \"anna@example.com\"\n[[agent]]\nname = \"anna\"\naddress = \"Anna@example.com\"",
     &[r#"c.toml:14: agent[1].name = "anna": another agent has this name: give each their own"#,
       r#"c.toml:15: agent[1].address = "Anna@example.com": another agent has this address: give each their own"#]),
    (Rest, "[[agent]]\nname = \"round_robin\"\naddress = \"anna@example.com\"\ngroups = [\"\"]",
     &[r#"c.toml:11: agent[0].name = "round_robin": is a word of the rules' assign: choose another name"#,
       "c.toml:13: agent[0].groups: must hold names that are not empty, each on one line"]),
    (Rest, "[agent]\nname = \"Anna\"",
     &["c.toml:10: agent: must be an array of tables: write [[agent]], found a table"]),
    (Rest, "[servey]\nenabled = true",
     &[r#"c.toml:10: servey: unknown key: did you mean "survey"?"#]),
    (Rest, "[[mailbox]]\nname = \"support\"\nsource = \"maildir\"\npath = \"/var/mail/support\"",
     &[r#"c.toml:11: mailbox[1].name = "support": another mailbox has this name: give each its own"#]),
    (Rest, "[[mailbox]]\nname = \"again\"\nhost = \"IMAP.example.com\"\nusername = \"support@example.com\"\npassword = \"x\"",
     &[r#"c.toml:11: mailbox[1].name = "again": watches what mailbox "support" watches: remove one of them"#]),
    (Rest, "[survey\ndelay = \"20m\"",
     &["c.toml:10: not valid TOML: unclosed table, expected `]`"]),
    (Rest, "[limits]\n[limits]",
     &["c.toml:11: not valid TOML: duplicate key"]),
];

#[test]
fn each_invalid_file_gives_its_exact_messages() {
    let place = Place::new();
    for (section, lines, expected) in CASES {
        let text = file(*section, lines);
        assert_eq!(place.messages(&text), *expected, "of:\n{text}");
    }
}

#[test]
fn all_faults_come_at_once_in_line_order() {
    let place = Place::new();
    let text = "[smtp]\n\
                host = \"smtp.example.com\"\n\
                prot = 25\n\
                \n\
                [web]\n\
                enabled = false\n\
                [survey]\n\
                hours = \"always\"\n\
                [desk]\n\
                address = \"support@example.com\"\n\
                public_url = \"https://support.example.com\"\n\
                timezone = \"Mars\"\n\
                [[mailbox]]\n\
                name = \"support\"\n\
                host = \"imap.example.com\"\n\
                username = \"support\"\n\
                password_env = \"MISSING\"\n";
    assert_eq!(
        place.messages(text),
        [
            "c.toml:3: smtp.prot = 25: unknown key: did you mean \"port\"?",
            "c.toml:6: web.enabled = false: the links of desk.public_url would lead nowhere: set it \
             to true, or public_url to \"\"",
            "c.toml:8: survey.hours = \"always\": must be a span of the day such as \
             \"09:00-20:00\", or \"00:00-24:00\" for always",
            "c.toml:12: desk.timezone = \"Mars\": must be an IANA time zone such as \
             \"Europe/Kyiv\"",
            "c.toml:17: mailbox[0].password_env = \"MISSING\": the environment variable MISSING is \
             not set: set it for the service, or use the _file form of this key",
        ]
    );
}

#[test]
fn what_is_missing_altogether_has_no_line() {
    let place = Place::new();
    assert_eq!(
        place.messages("# nothing yet\n"),
        [
            "c.toml: desk.address: is required: write for example address = \
             \"support@example.com\"",
            "c.toml: mailbox: at least one [[mailbox]] is required",
            "c.toml: smtp.host: is required: write for example host = \"smtp.example.com\"",
        ]
    );
}

#[test]
fn a_fault_as_json_has_its_parts_apart() {
    let place = Place::new();
    let faults = place.parse(&file(Smtp, "port = 70000")).unwrap_err();
    assert_eq!(
        serde_json::to_value(&faults).unwrap(),
        serde_json::json!([{
            "file": "c.toml",
            "line": 9,
            "key": "smtp.port",
            "value": "70000",
            "problem": "must be from 1 to 65535",
        }])
    );
}

#[test]
fn a_file_that_cannot_be_read_is_one_fault_with_a_remedy() {
    let place = Place::new();
    let missing = place.path().join("config.toml");
    let faults = Config::load(&missing).unwrap_err();
    assert_eq!(
        FaultList(&faults).to_string(),
        format!(
            "{}: cannot read the config file: no such file: give its path with --config or \
             MAILDESK_CONFIG, or start from config.example.toml",
            missing.display()
        )
    );
    fs::write(&missing, b"[desk]\nname = \"caf\xe9\"\n").unwrap();
    let faults = Config::load(&missing).unwrap_err();
    assert_eq!(
        FaultList(&faults).to_string(),
        format!(
            "{}:2: is not UTF-8 here: save the file as UTF-8",
            missing.display()
        )
    );
}
