//! What the settings of a valid file become.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::Path,
    time::Duration,
};

use jiff::civil::date;
use secrecy::ExposeSecret as _;

use super::{After, Config, Grant, Imap, Login, Proof, Relay, Source, Start, Tls, Transport};
use crate::{language::Language, toml_reader::FaultList};

const DESK: &str = "[desk]\naddress = \"Support@example.com\"\n";
const SMTP: &str = "[smtp]\nhost = \"smtp.example.com\"\n";

fn mailbox(lines: &str) -> String {
    let has_host = lines.contains("host = ");
    let host = if has_host {
        ""
    } else {
        "host = \"imap.example.com\"\n"
    };
    let has_password = lines.contains("password");
    let password = if has_password {
        ""
    } else {
        "password = \"geheim\"\n"
    };
    format!("[[mailbox]]\nname = \"support\"\nusername = \"u\"\n{host}{password}{lines}\n")
}

fn password(login: &Login) -> &str {
    match &login.proof {
        Proof::Password(password) => password.expose_secret(),
        Proof::Oauth2(_) => panic!("{login:?}"),
    }
}

fn parse_in(directory: &Path, text: &str, env: &dyn Fn(&str) -> Option<String>) -> Config {
    Config::parse("c.toml", text, directory, env)
        .unwrap_or_else(|faults| panic!("{}", FaultList(&faults)))
}

fn parse(text: &str) -> Config {
    parse_in(Path::new("/etc/maildesk"), text, &|_| None)
}

fn imap(config: &Config) -> &Imap {
    match &config.mailboxes[0].source {
        Source::Imap(imap) => imap,
        other => panic!("{other:?}"),
    }
}

fn relay(config: &Config) -> &Relay {
    match &config.smtp.transport {
        Transport::Smtp(relay) => relay,
        other => panic!("{other:?}"),
    }
}

#[test]
fn defaults_are_those_of_the_contract() {
    let config = parse(&format!("{DESK}{}{SMTP}", mailbox("")));
    assert_eq!(config.desk.address.name, "Support");
    assert_eq!(config.desk.address.address, "Support@example.com");
    assert_eq!(config.desk.language, Language::En);
    assert_eq!(config.desk.public_url, None);
    assert_eq!(
        config.desk.secret_file,
        Path::new("/var/lib/maildesk/secret")
    );
    let mailbox = &config.mailboxes[0];
    assert_eq!(mailbox.start, Start::Now);
    assert_eq!(mailbox.after, After::Keep);
    assert_eq!(mailbox.poll_interval, Duration::from_secs(60));
    assert_eq!(
        (imap(&config).folder.as_str(), imap(&config).idle),
        ("INBOX", true)
    );
    assert_eq!(relay(&config).max_connections, 4);
    assert!(relay(&config).login.is_none());
    assert_eq!(config.smtp.subaddress_delimiter, "+");
    assert_eq!(config.limits.max_message_size, 50 * 1024 * 1024);
    assert_eq!(config.limits.automatic_per_desk_per_hour, 2000);
    assert_eq!(config.limits.notifications_per_agent_per_hour, 60);
    assert_eq!(config.limits.of_domain("shop.example"), 30);
    assert_eq!(config.limits.of_domain("ukr.net"), 300);
    assert_eq!(config.survey.delay, Duration::from_secs(20 * 60));
    let day = crate::ticket::survey_policy::Hours::parse("09:00-20:00");
    assert_eq!(Some(config.survey.hours), day);
    assert_eq!(config.web.listen.to_string(), "127.0.0.1:8025");
    assert!(config.agents.is_empty() && config.acknowledge.enabled && config.web.enabled);
}

#[test]
fn an_absent_port_follows_the_protection() {
    let cases = [
        ("", 993, Tls::Implicit, 587, Tls::Starttls),
        ("tls = \"implicit\"", 993, Tls::Implicit, 465, Tls::Implicit),
        ("tls = \"starttls\"", 143, Tls::Starttls, 587, Tls::Starttls),
        (
            "tls = \"none\"\nallow_plaintext = true",
            143,
            Tls::None,
            587,
            Tls::None,
        ),
        (
            "tls = \"implicit\"\nport = 2525",
            2525,
            Tls::Implicit,
            2525,
            Tls::Implicit,
        ),
    ];
    for (lines, imap_port, imap_tls, smtp_port, smtp_tls) in cases {
        let config = parse(&format!("{DESK}{}{SMTP}{lines}\n", mailbox(lines)));
        let (imap, relay) = (imap(&config), relay(&config));
        assert_eq!(
            (imap.server.port, imap.server.tls),
            (imap_port, imap_tls),
            "{lines}"
        );
        assert_eq!(
            (relay.server.port, relay.server.tls),
            (smtp_port, smtp_tls),
            "{lines}"
        );
    }
}

#[test]
fn plain_text_to_this_machine_needs_no_leave() {
    for host in [
        "localhost",
        "127.0.0.1",
        "127.8.9.1",
        "::1",
        "::ffff:127.0.0.1",
    ] {
        let lines = format!("host = \"{host}\"\ntls = \"none\"");
        let config = parse(&format!("{DESK}{}[smtp]\n{lines}\n", mailbox(&lines)));
        assert_eq!(imap(&config).server.host, host);
        assert_eq!(relay(&config).server.tls, Tls::None);
    }
}

#[test]
fn a_secret_comes_from_the_file_itself_a_file_or_the_environment() {
    let directory = tempfile::tempdir().unwrap();
    let credentials = directory.path().join("credentials");
    fs::create_dir(&credentials).unwrap();
    fs::write(directory.path().join("beside"), " with spaces \n").unwrap();
    fs::write(directory.path().join("dos"), "dos\r\n").unwrap();
    fs::write(directory.path().join("both"), "beside").unwrap();
    fs::write(credentials.join("both"), "credential\n").unwrap();
    let env = |name: &str| match name {
        "CREDENTIALS_DIRECTORY" => Some(credentials.display().to_string()),
        "IMAP_PASSWORD" => Some("пароль\n".to_owned()),
        _ => None,
    };
    let absolute = format!(
        "password_file = '{}'",
        directory.path().join("both").display()
    );
    let cases = [
        ("password = \"plain\"", "plain"),
        ("password_file = \"beside\"", " with spaces "),
        ("password_file = \"dos\"", "dos"),
        ("password_file = \"both\"", "credential"),
        (&absolute, "beside"),
        ("password_env = \"IMAP_PASSWORD\"", "пароль"),
        (
            "password = \"\"\npassword_env = \"IMAP_PASSWORD\"",
            "пароль",
        ),
    ];
    for (lines, expected) in cases {
        let text = format!("{DESK}{}{SMTP}", mailbox(lines));
        let config = parse_in(directory.path(), &text, &env);
        assert_eq!(password(&imap(&config).login), expected, "{lines}");
    }
}

#[test]
fn debug_shows_no_password_and_no_whole_address() {
    let config = parse(&format!(
        "{DESK}{}{SMTP}username = \"smtp-user@example.com\"\npassword = \"geheim\"\n",
        mailbox("")
    ));
    let shown = format!("{config:?}");
    assert!(shown.contains("REDACTED"), "{shown}");
    assert!(
        !shown.contains("geheim") && !shown.contains("smtp-user@"),
        "{shown}"
    );
    assert!(!shown.contains("Support@example.com"), "{shown}");
}

/// Google's and Microsoft's own pages name these addresses and scopes.
#[test]
fn a_provider_stands_for_its_addresses_and_scopes() {
    let text = |lines: &str| {
        format!(
            "{DESK}[[mailbox]]\nname = \"support\"\nusername = \"u\"\nhost = \"imap.example.com\"\n\
             [mailbox.oauth2]\n{lines}\nclient_id = \"id\"\nclient_secret = \"geheim\"\n{SMTP}\
             username = \"u\"\n[smtp.oauth2]\nmailbox = \"support\"\n"
        )
    };
    let read = |lines: &str| {
        let config = parse(&text(lines));
        let shown = format!("{config:?}");
        assert!(!shown.contains("geheim"), "{shown}");
        let oauth2 = imap(&config).login.oauth2().unwrap().clone();
        let shared = relay(&config).login.as_ref().unwrap().oauth2().unwrap();
        assert_eq!(format!("{shared:?}"), format!("{oauth2:?}"));
        assert_eq!(oauth2.consent, "support");
        oauth2
    };
    let google = read("provider = \"google\"");
    let auth_url = "https://accounts.google.com/o/oauth2/v2/auth"
        .parse()
        .unwrap();
    assert_eq!(google.grant, Grant::Code { auth_url });
    assert_eq!(google.token_url, "https://oauth2.googleapis.com/token");
    assert_eq!(google.scopes, "https://mail.google.com/");
    let microsoft = read("provider = \"microsoft\"\ntenant = \"example.com\"");
    let at = "https://login.microsoftonline.com/example.com/oauth2/v2.0";
    let device_url = format!("{at}/devicecode").parse().unwrap();
    assert_eq!(microsoft.grant, Grant::Device { device_url });
    assert_eq!(microsoft.token_url, format!("{at}/token").as_str());
    assert!(microsoft.scopes.contains("IMAP.AccessAsUser.All"));
    assert!(microsoft.scopes.contains("SMTP.Send"));
    assert!(microsoft.scopes.ends_with("offline_access"));
    let daemon = read("provider = \"microsoft\"\ntenant = \"t\"\ngrant = \"client_credentials\"");
    assert_eq!(daemon.grant, Grant::ClientCredentials);
    assert_eq!(daemon.scopes, "https://outlook.office365.com/.default");
    let own = read(
        "provider = \"custom\"\ntoken_url = \"http://127.0.0.1:8080/token\"\n\
         device_url = \"https://id.example.com/device\"\nscopes = [\"a\", \"b\"]",
    );
    assert_eq!(own.scopes, "a b");
    assert_eq!(own.token_url, "http://127.0.0.1:8080/token");
}

#[test]
fn relative_paths_start_beside_the_file() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("rules")).unwrap();
    let path = directory.path().join("config.toml");
    let text = format!(
        "{DESK}[storage]\npath = \"data/desk.db\"\n[[mailbox]]\nname = \"drop\"\n\
         source = \"maildir\"\npath = \"../Maildir\"\n[smtp]\ntransport = \"directory\"\n\
         directory = \"/var/sent\"\nhost = \"kept.example.com\"\n[rules]\ndirectory = \"rules\"\n"
    );
    fs::write(&path, text).unwrap();
    let config = Config::load(&path).unwrap_or_else(|faults| panic!("{}", FaultList(&faults)));
    let base = directory.path();
    assert_eq!(config.path, path);
    assert_eq!(config.storage.path, base.join("data/desk.db"));
    assert_eq!(config.desk.secret_file, base.join("data/secret"));
    assert_eq!(config.rules.directory, Some(base.join("rules")));
    assert!(matches!(&config.smtp.transport, Transport::Directory(d) if d == "/var/sent"));
    assert!(
        matches!(&config.mailboxes[0].source, Source::Maildir { path } if *path == base.join("../Maildir"))
    );
}

#[test]
fn a_start_date_is_a_string_or_a_toml_date() {
    for lines in ["start = \"2026-01-31\"", "start = 2026-01-31"] {
        let config = parse(&format!("{DESK}{}{SMTP}", mailbox(lines)));
        assert_eq!(
            config.mailboxes[0].start,
            Start::Date(date(2026, 1, 31)),
            "{lines}"
        );
    }
    let config = parse(&format!("{DESK}{}{SMTP}", mailbox("after = \"move\"")));
    assert_eq!(config.mailboxes[0].after, After::Move("Processed".into()));
}

#[test]
fn own_addresses_are_the_desk_users_that_are_addresses_and_what_is_said() {
    let config = parse(&format!(
        "{DESK}{}{}{}{SMTP}",
        mailbox("addresses = [\"info@example.com\", \"SUPPORT@example.com\"]"),
        mailbox("")
            .replace("support", "a")
            .replace("\"u\"", "\"support@EXAMPLE.com\""),
        mailbox("")
            .replace("support", "b")
            .replace("\"u\"", "\"sales@example.com\""),
    ));
    let own: Vec<String> = config
        .own_addresses()
        .iter()
        .map(|a| a.address.clone())
        .collect();
    assert_eq!(
        own,
        [
            "Support@example.com",
            "sales@example.com",
            "info@example.com"
        ]
    );
}

#[test]
fn every_other_value_is_read() {
    let config = parse(&format!(
        "[desk]\naddress = \"help@example.com\"\nname = \"Поддержка\"\nlanguage = \"ru\"\n\
         timezone = \"Europe/Kyiv\"\npublic_url = \"https://example.com/desk\"\n{}{SMTP}\
         subaddress_delimiter = \"\"\n\
         [trust]\nauthserv_ids = [\"MX.example.com\"]\nverify = true\n\
         dns_servers = [\"192.0.2.53\", \"[2001:db8::53]:5353\"]\n\
         [web]\nlisten = \"[::1]:0\"\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n\
         [survey]\nhours = \"00:00-24:00\"\ndelay = \"0s\"\n",
        mailbox("group = \"second line\"\nidle = false")
    ));
    assert_eq!(config.desk.address.name, "Поддержка");
    assert_eq!(config.desk.language, Language::Ru);
    assert_eq!(config.desk.timezone.iana_name(), Some("Europe/Kyiv"));
    assert_eq!(
        config.desk.public_url.as_deref(),
        Some("https://example.com/desk")
    );
    assert_eq!(config.mailboxes[0].group, "second line");
    assert_eq!(config.smtp.subaddress_delimiter, "");
    assert_eq!(config.trust.authserv_ids, ["mx.example.com"]);
    let servers = config.trust.dns_servers.iter().map(SocketAddr::to_string);
    let servers: Vec<String> = servers.collect();
    assert_eq!(servers, ["192.0.2.53:53", "[2001:db8::53]:5353"]);
    assert!(config.trust.verify);
    assert_eq!(config.web.listen.port(), 0);
    let is_trusted = |ip: &str| {
        let ip: IpAddr = ip.parse().unwrap();
        config
            .web
            .trusted_proxies
            .iter()
            .any(|network| network.contains(ip))
    };
    assert!(is_trusted("10.2.3.4") && is_trusted("::1") && !is_trusted("192.0.2.1"));
    assert_eq!(config.survey.delay, Duration::ZERO);
}

#[test]
fn the_first_exception_that_fits_decides_what_it_names() {
    let config = parse(&format!(
        "[desk]\naddress = \"help@example.com\"\n{}{SMTP}\
         [survey]\nshare = 0.5\nreminder = \"3d\"\n\
         [[survey.for]]\nmailbox = \"support\"\ncategory = \"import\"\nenabled = false\n\
         [[survey.for]]\ncategory = \"import\"\nshare = 1\nreminder = \"\"\n\
         [[survey.for]]\nmailbox = \"support\"\ndelay = \"2h\"\nhours = \"00:00-24:00\"\n\
         cooldown = \"1d\"\n",
        mailbox("")
    ));
    let policy = |mailbox, category| {
        let zone = config.desk.timezone.clone();
        config.survey.policy(mailbox, category, zone)
    };
    let day = Duration::from_secs(86_400);
    let both = policy("support", "import");
    assert!(!both.enabled);
    assert_eq!((both.share, both.reminder), (0.5, Some(day * 3)));
    assert_eq!(both.delay, Duration::from_secs(20 * 60));
    let category = policy("sales", "import");
    assert!(category.enabled);
    assert_eq!((category.share, category.reminder), (1.0, None));
    let mailbox = policy("support", "");
    assert_eq!((mailbox.share, mailbox.cooldown), (0.5, day));
    assert_eq!(mailbox.delay, Duration::from_secs(2 * 3600));
    assert_eq!(mailbox.hours, crate::ticket::survey_policy::Hours::ALWAYS);
    let neither = policy("sales", "pricing");
    assert_eq!((neither.share, neither.cooldown), (0.5, day * 30));
}
