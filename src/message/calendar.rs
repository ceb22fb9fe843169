//! Invitations told in one line (RFC 5545, methods of RFC 5546): what, when, where, who.

use super::header::one_line;

/// Bytes of a calendar that are looked at.
const READ_LIMIT: usize = 256 * 1024;
/// Characters of one value that are shown.
const VALUE_LIMIT: usize = 200;
/// People that are named.
const MOST_PEOPLE: usize = 10;

#[derive(Debug, Default)]
struct Event {
    summary: String,
    start: String,
    end: String,
    place: String,
    organizer: String,
    people: Vec<String>,
    answer: String,
}

/// One line in square brackets; `None` when there is no event in it.
pub(super) fn summary(text: &str) -> Option<String> {
    let mut end = READ_LIMIT.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let unfolded = unfold(text.get(..end).unwrap_or_default());
    let mut method = String::new();
    let mut inside: Vec<String> = Vec::new();
    let mut events: usize = 0;
    let mut event = Event::default();
    for line in unfolded.lines() {
        let Some((name, parameters, value)) = property(line) else {
            continue;
        };
        let name = name.to_ascii_uppercase();
        match name.as_str() {
            "BEGIN" => {
                let component = value.trim().to_ascii_uppercase();
                events += usize::from(is_event(&component));
                // no real calendar goes deeper; a hostile one need not be followed
                if inside.len() < 8 {
                    inside.push(component);
                }
            }
            "END" => {
                inside.pop();
            }
            "METHOD" if method.is_empty() => method = value.trim().to_ascii_uppercase(),
            _ if events == 1 && inside.last().is_some_and(|last| is_event(last)) => {
                event.take(&name, parameters, value);
            }
            _ => {}
        }
    }
    if events == 0 {
        return None;
    }
    let mut pieces = vec![format!("{}: {}", event.kind(&method), event.title())];
    let mut add = |label: &str, value: &str| {
        if !value.is_empty() {
            pieces.push(format!("{label}{value}"));
        }
    };
    add("when: ", &event.time());
    add("where: ", &event.place);
    add("organizer: ", &event.organizer);
    let who = if method == "REPLY" {
        "from: "
    } else {
        "invited: "
    };
    add(who, &event.people.join(", "));
    if events > 1 {
        add("", &format!("and {} more", events - 1));
    }
    Some(format!("[{}]", pieces.join("; ")))
}

fn is_event(component: &str) -> bool {
    matches!(component, "VEVENT" | "VTODO")
}

impl Event {
    fn take(&mut self, name: &str, parameters: &str, value: &str) {
        match name {
            "SUMMARY" => self.summary = shown(value),
            "LOCATION" => self.place = shown(value),
            "DTSTART" => self.start = time(parameters, value),
            "DTEND" | "DUE" => self.end = time(parameters, value),
            "ORGANIZER" => self.organizer = person(parameters, value),
            "ATTENDEE" if self.people.len() < MOST_PEOPLE => {
                self.people.push(person(parameters, value));
                if let Some(answer) = parameter(parameters, "PARTSTAT") {
                    self.answer = answer.to_ascii_uppercase();
                }
            }
            _ => {}
        }
    }

    fn kind(&self, method: &str) -> &'static str {
        match (method, self.answer.as_str()) {
            ("REQUEST", _) => "Invitation",
            ("CANCEL", _) => "Cancelled",
            ("REPLY", "ACCEPTED") => "Accepted",
            ("REPLY", "DECLINED") => "Declined",
            ("REPLY", "TENTATIVE") => "Accepted tentatively",
            ("REPLY", _) => "Reply to an invitation",
            ("COUNTER", _) => "Another time proposed",
            _ => "Event",
        }
    }

    fn title(&self) -> &str {
        match self.summary.as_str() {
            "" => "without a title",
            title => title,
        }
    }

    /// The end is said without its day when that is the day of the start.
    fn time(&self) -> String {
        if self.end.is_empty() || self.end == self.start {
            return self.start.clone();
        }
        let (day, rest) = self.start.split_once(' ').unwrap_or((&self.start, ""));
        let (end_day, end) = self.end.split_once(' ').unwrap_or((&self.end, ""));
        if day == end_day && !end.is_empty() {
            let clock = rest.split(' ').next().unwrap_or_default();
            return format!("{day} {clock}-{end}");
        }
        format!("{} - {}", self.start, self.end)
    }
}

/// A line that begins with white space goes on with the one before (RFC 5545 section 3.1).
fn unfold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        match line.strip_prefix([' ', '\t']) {
            Some(rest) => out.push_str(rest),
            None => {
                out.push('\n');
                out.push_str(line);
            }
        }
    }
    out
}

/// Name, parameters and value of a line; quoted parameters may hold a colon.
fn property(line: &str) -> Option<(&str, &str, &str)> {
    let mut is_quoted = false;
    let colon = line.find(|c: char| {
        is_quoted ^= c == '"';
        c == ':' && !is_quoted
    })?;
    let (head, value) = line.split_at_checked(colon)?;
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some((name.trim(), parameters, value.strip_prefix(':')?))
}

fn parameter<'a>(parameters: &'a str, wanted: &str) -> Option<&'a str> {
    let mut is_quoted = false;
    let mut all = parameters.split(move |c: char| {
        is_quoted ^= c == '"';
        c == ';' && !is_quoted
    });
    all.find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case(wanted)
            .then(|| value.trim().trim_matches('"'))
    })
}

/// `20260505T150000Z` as `2026-05-05 15:00 UTC`; what is no time is shown as it is.
fn time(parameters: &str, value: &str) -> String {
    let value = value.trim();
    let digits = |from: usize, to: usize| {
        let part = value.get(from..to)?;
        part.bytes().all(|b| b.is_ascii_digit()).then_some(part)
    };
    let day = || {
        Some(format!(
            "{}-{}-{}",
            digits(0, 4)?,
            digits(4, 6)?,
            digits(6, 8)?
        ))
    };
    let Some(day) = day() else {
        return shown(value);
    };
    let (Some(hour), Some(minute)) = (digits(9, 11), digits(11, 13)) else {
        return day;
    };
    let zone = match parameter(parameters, "TZID") {
        _ if value.ends_with('Z') => "UTC".to_owned(),
        Some(zone) => shown(zone),
        None => String::new(),
    };
    format!("{day} {hour}:{minute} {zone}")
        .trim_end()
        .to_owned()
}

fn person(parameters: &str, value: &str) -> String {
    let value = value.trim();
    let address = match value.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => value.get(7..).unwrap_or(value),
        _ => value,
    };
    match parameter(parameters, "CN").map(shown) {
        Some(name) if !name.is_empty() && name != address => {
            format!("{name} <{}>", shown(address))
        }
        _ => shown(address),
    }
}

/// Escapes undone (RFC 5545 section 3.3.11), on one line, not endless.
fn shown(value: &str) -> String {
    let mut out = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => out.push(' '),
                Some(other) => out.push(other),
                None => {}
            },
            _ => out.push(c),
        }
        if out.len() > VALUE_LIMIT * 4 {
            break;
        }
    }
    let line = one_line(&out);
    match line.char_indices().nth(VALUE_LIMIT) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(method: &str, lines: &str) -> String {
        summary(&format!(
            "BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VTIMEZONE\r\nDTSTART:16010101T000000\r\n\
             END:VTIMEZONE\r\nBEGIN:VEVENT\r\n{lines}\r\nBEGIN:VALARM\r\nSUMMARY:alarm\r\n\
             END:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        ))
        .unwrap()
    }

    #[test]
    fn an_invitation_in_one_line() {
        let lines = "SUMMARY:Демо\\, часть 1\\nи вопр\r\n осы\r\n\
            DTSTART;TZID=Europe/Kyiv:20260505T150000\r\nDTEND;TZID=Europe/Kyiv:20260505T160000\r\n\
            LOCATION:Zoom\r\nORGANIZER;CN=\"Petrov: Ivan; sales\":mailto:ivan@customer.example\r\n\
            ATTENDEE;PARTSTAT=NEEDS-ACTION:MAILTO:support@example.com";
        assert_eq!(
            event("REQUEST", lines),
            "[Invitation: Демо, часть 1 и вопросы; when: 2026-05-05 15:00-16:00 Europe/Kyiv; \
             where: Zoom; organizer: Petrov: Ivan; sales <ivan@customer.example>; \
             invited: support@example.com]"
        );
    }

    #[test]
    fn methods_and_times() {
        for (method, lines, expected) in [
            ("CANCEL", "SUMMARY:A", "[Cancelled: A]"),
            (
                "REPLY",
                "SUMMARY:A\r\nATTENDEE;PARTSTAT=DECLINED:mailto:a@example.com",
                "[Declined: A; from: a@example.com]",
            ),
            (
                "PUBLISH",
                "DTSTART;VALUE=DATE:20260505",
                "[Event: without a title; when: 2026-05-05]",
            ),
            (
                "REQUEST",
                "SUMMARY:A\r\nDTSTART:20260505T220000Z\r\nDTEND:20260506T010000Z",
                "[Invitation: A; when: 2026-05-05 22:00 UTC - 2026-05-06 01:00 UTC]",
            ),
            (
                "REQUEST",
                "SUMMARY:a\u{202e}b\\nc\r\nDTSTART:soon",
                "[Invitation: ab c; when: soon]",
            ),
        ] {
            assert_eq!(event(method, lines), expected);
        }
        assert_eq!(summary("BEGIN:VCALENDAR\nSUMMARY:x\nEND:VCALENDAR"), None);
        assert_eq!(summary(""), None);
    }

    proptest! {
        #[test]
        fn any_calendar_is_one_line(lines in prop::collection::vec(prop_oneof![
            Just("BEGIN:VEVENT".to_owned()), Just("END:VEVENT".to_owned()),
            "(SUMMARY|DTSTART|DTEND|ATTENDEE|ORGANIZER)[;:=\"].{0,40}", ".{0,30}",
        ], 0..20)) {
            if let Some(line) = summary(&lines.join("\r\n")) {
                prop_assert!(!line.contains(['\n', '\r', '\0']));
            }
        }
    }
}
