//! The words by which mailers introduce quotes and sign for their phones, in the languages of our
//! customers and of their mailers.

/// Ends of "On ... wrote:", lower case, without the colon.
const WROTE: &[&str] = &[
    "wrote",
    "writes",
    "пишет",
    "писал",
    "писала",
    "писал(а)",
    "написал",
    "написала",
    "написал(а)",
    "пише",
    "писав",
    "писала(в)",
    "писав(ла)",
    "написав",
    "написав(ла)",
    "schrieb",
    "a écrit",
    "ha scritto",
    "escribió",
    "napisał",
    "napisał(a)",
    "skrev",
    "schreef",
    "escreveu",
    "geschrieben",
];

/// "You wrote", at the start or at the end of such a line.
const YOU_WROTE: &[&str] = &[
    "you wrote",
    "вы писали",
    "ви писали",
    "вы написали",
    "ви написали",
];

/// Footers of mobile mailers, lower case, by their beginning.
const FOOTERS: &[&str] = &[
    "sent from my",
    "sent from mail for",
    "sent from outlook",
    "sent from yahoo mail",
    "sent from samsung",
    "sent from proton",
    "sent via",
    "sent with",
    "get outlook for",
    "отправлено с",
    "отправлено из",
    "отправлено через",
    "послано с",
    "скачать outlook для",
    "получить outlook для",
    "надіслано з",
    "надіслано через",
    "надіслано із",
    "відправлено з",
    "відправлено через",
    "отримати outlook для",
    "завантажити outlook для",
    "von meinem",
    "gesendet von meinem",
    "gesendet mit",
    "von outlook für",
    "outlook für",
];

/// Names of the fields in the block that Outlook quotes with: sender, then the rest.
const SENDER: &[&str] = &[
    "from",
    "от",
    "от кого",
    "від",
    "від кого",
    "von",
    "отправитель",
    "відправник",
];
const OTHERS: &[&str] = &[
    "sent",
    "date",
    "to",
    "cc",
    "subject",
    "reply-to",
    "отправлено",
    "дата",
    "дата отправки",
    "кому",
    "копия",
    "тема",
    "надіслано",
    "відправлено",
    "дата надсилання",
    "копія",
    "gesendet",
    "datum",
    "an",
    "betreff",
];

/// "Original Message" between dashes, lower case.
const ORIGINAL: &[&str] = &[
    "original message",
    "original appointment",
    "reply message",
    "исходное сообщение",
    "оригинальное сообщение",
    "исходное письмо",
    "оригінальне повідомлення",
    "вихідне повідомлення",
    "початкове повідомлення",
    "ursprüngliche nachricht",
    "originalnachricht",
];

/// How sure a line is to introduce a quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribution {
    /// A person, a date and a time: no one else writes so.
    Timed,
    /// A person and a date or a time.
    Dated,
    /// "Ivan wrote:"
    Plain,
}

/// Whether a line (several joined, when a mailer wrapped it) introduces a quote.
pub(super) fn attribution(line: &str) -> Option<Attribution> {
    let head = line.trim().strip_suffix(':')?;
    let lower = head.trim_end().to_lowercase();
    let lower = lower.trim_start_matches(['*', '_']);
    let has_verb = WROTE.iter().chain(YOU_WROTE).any(|verb| {
        let stem = lower.strip_suffix(verb);
        stem.is_some_and(|stem| !stem.ends_with(char::is_alphanumeric))
    });
    // German puts the verb before the name
    let has_verb = has_verb || (lower.starts_with("am ") && lower.contains(" schrieb "));
    let is_you = YOU_WROTE.iter().any(|words| lower.starts_with(words));
    if !has_verb && !is_you && !lower.contains('@') {
        return None;
    }
    match (has_date(lower), has_time(lower)) {
        (true, true) => Some(Attribution::Timed),
        (true, false) | (false, true) => Some(Attribution::Dated),
        (false, false) => ((has_verb || is_you) && line.len() < 120).then_some(Attribution::Plain),
    }
}

/// Whether a block like Outlook's `From: / Sent: / To: / Subject:` starts here.
pub(super) fn is_header_block(lines: &[&str]) -> bool {
    let mut fields = lines.iter().take(8).map(|line| field_name(line));
    let is_sender =
        |name: &Option<String>| name.as_deref().is_some_and(|name| SENDER.contains(&name));
    if !fields.next().is_some_and(|first| is_sender(&first)) {
        return false;
    }
    let others: Vec<String> = fields
        .flatten()
        .filter(|name| OTHERS.contains(&name.as_str()))
        .collect();
    others
        .first()
        .is_some_and(|first| others.iter().any(|other| other != first))
}

/// The lower-case field name of `Name: value` or `*Name:* value`.
fn field_name(line: &str) -> Option<String> {
    let line = line.trim_start_matches(['*', ' ', '\u{a0}']);
    let (name, _) = line.split_once(':')?;
    (name.len() <= 40).then(|| name.trim_matches(['*', ' ', '\u{a0}']).to_lowercase())
}

/// Whether the line is `-----Original Message-----` or a kin of it.
pub(super) fn is_original_message(line: &str) -> bool {
    let line = line.trim();
    let is_dash = |c: char| matches!(c, '-' | '–' | '—');
    if !line.starts_with(is_dash) || !line.ends_with(is_dash) || line.len() > 200 {
        return false;
    }
    let words = line
        .trim_matches(|c: char| is_dash(c) || c == ' ')
        .to_lowercase();
    ORIGINAL.contains(&words.as_str())
}

/// Whether the line is a footer such as "Sent from my iPhone".
pub(super) fn is_mobile_footer(line: &str) -> bool {
    if line.chars().count() > 90 {
        return false;
    }
    let lower = line
        .trim_start_matches(['-', '–', '—', ' ', '*', '_', '['])
        .to_lowercase();
    FOOTERS.iter().any(|footer| lower.starts_with(footer)) && has_mailer(&lower)
}

/// "Отправлено с третьей попытки" is a sentence; a footer names a device or a mailer.
fn has_mailer(lower: &str) -> bool {
    const MAILERS: &[&str] = &[
        "iphone",
        "ipad",
        "android",
        "samsung",
        "galaxy",
        "huawei",
        "xiaomi",
        "redmi",
        "mobile",
        "mobil",
        "мобил",
        "мобіл",
        "телефон",
        "смартфон",
        "планшет",
        "устройства",
        "пристрою",
        "outlook",
        "windows",
        "yahoo",
        "яндекс",
        "yandex",
        "mail.ru",
        "gmail",
        "ukr.net",
        "proton",
        "phone",
        "tablet",
        "device",
        "handy",
        "blackberry",
        "почты",
        "пошти",
        "mail for",
        "honor",
        "pixel",
        "oneplus",
        "mymail",
        "blue mail",
        "bluemail",
        "spark",
        "handset",
        "nokia",
    ];
    MAILERS.iter().any(|mailer| lower.contains(mailer))
}

/// A year, or a day and month in digits.
fn has_date(text: &str) -> bool {
    let mut numbers = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|n| !n.is_empty());
    let is_year = |n: &str| n.len() == 4 && (n.starts_with("20") || n.starts_with("19"));
    numbers.any(is_year) || digits_around(text, &['.', '/', '-'])
}

/// A time of day.
fn has_time(text: &str) -> bool {
    digits_around(text, &[':'])
}

/// Whether one of the marks stands between digits, two of them after it.
fn digits_around(text: &str, marks: &[char]) -> bool {
    let mut window = [' '; 4];
    for c in text.chars() {
        window.rotate_left(1);
        if let Some(last) = window.last_mut() {
            *last = c;
        }
        let [before, mark, first, second] = window;
        let are_digits = [before, first, second].iter().all(char::is_ascii_digit);
        if are_digits && marks.contains(&mark) {
            return true;
        }
    }
    false
}
