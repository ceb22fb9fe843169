//! Mails that no person writes: each is built to cost much, to hide something or to break a reader.

use std::fmt::Write as _;

/// A hostile mail: what it is, and its bytes.
pub struct Hostile {
    pub name: &'static str,
    pub raw: Vec<u8>,
}

const MIB: usize = 1024 * 1024;

/// What each mail begins with, unless its header is the attack.
pub const HEADER: &str = "From: a@example.com\nMessage-ID: <x@example.com>\nSubject: s\n\
                          Date: Mon, 4 May 2026 10:15:00 +0300\nMIME-Version: 1.0\n";

/// All of them; each is built when it is asked for.
pub fn all() -> impl Iterator<Item = Hostile> {
    BUILDERS.iter().map(|(name, build)| Hostile {
        name,
        raw: build().into_bytes(),
    })
}

type Builder = fn() -> String;

const BUILDERS: &[(&str, Builder)] = &[
    ("10,000 multiparts in each other", nested_multiparts),
    ("10,000 mails in each other", nested_messages),
    ("100,000 parts", many_parts),
    ("100,000 headers", || {
        plain(&"X-Spam: yes\n".repeat(100_000), "words")
    }),
    ("a header of 20 MB", || {
        plain(&format!("X-Long: {}\n", "x".repeat(20 * MIB)), "words")
    }),
    ("a subject of 64 KB", || {
        format!("Subject: {}\n{HEADER}\nwords", "s ".repeat(32 * 1024))
    }),
    ("a line of 50 MB", || plain("", &"x".repeat(50 * MIB))),
    ("10 MB of line ends", || plain("", &"\n".repeat(10 * MIB))),
    ("20 MB of base64", base64),
    ("10 MB of soft line ends", || {
        plain(
            "Content-Transfer-Encoding: quoted-printable\n",
            &"=\n".repeat(5 * MIB),
        )
    }),
    ("boundaries that never end", || {
        let start = "--b\nContent-Type: multipart/mixed; boundary=b\n\n";
        plain(
            "Content-Type: multipart/mixed; boundary=b\n",
            &start.repeat(3_000),
        )
    }),
    ("an unended boundary before 20 MB", || {
        let body = format!("--b\n\n{}", "words\n".repeat(4 * MIB));
        plain("Content-Type: multipart/mixed; boundary=b\n", &body)
    }),
    ("2,000 boundaries that are missing", || {
        let part: String = (0..2_000).fold(String::new(), |mut all, n| {
            let _ = write!(all, "--b\nContent-Type: multipart/mixed; boundary=c{n}\n\n");
            all
        });
        plain(
            "Content-Type: multipart/mixed; boundary=b\n",
            &(part + &"x\n".repeat(10 * MIB)),
        )
    }),
    ("10 MB of NUL", || plain("", &"\0".repeat(10 * MIB))),
    ("10 MB of control characters", || {
        plain("", &"\u{1b}[2J\u{9b}\u{202e}\r".repeat(MIB))
    }),
    ("encoded words that decode to CR LF", || {
        let word = "=?utf-8?Q?a=0D=0ABcc:_v=40example.com=0D=0A?= ";
        plain(&format!("X-Odd: {}\n", word.repeat(20_000)), "words")
    }),
    ("100,000 encoded words", || {
        plain(
            &format!("X-Odd: {}\n", "=?utf-8?B?0J8=?= ".repeat(100_000)),
            "words",
        )
    }),
    ("100,000 unended encoded words", || {
        plain(
            &format!("X-Odd: {}\n", "=?utf-8?B?0J8= ".repeat(100_000)),
            "words",
        )
    }),
    ("a date in the year 9999", || {
        format!("Date: Fri, 31 Dec 9999 23:59:59 -2359\n{HEADER}\nwords")
    }),
    ("10,000 References", || {
        let ids = (0..10_000).fold(String::new(), |mut all, n| {
            let _ = writeln!(all, " <{n}@example.com>");
            all
        });
        plain(&format!("References:{ids}"), "words")
    }),
    ("100,000 addresses", || {
        plain(
            &format!("To: {}b@example.com\n", "a@example.com, ".repeat(100_000)),
            "words",
        )
    }),
    ("100,000 nested comments", || {
        plain(
            &format!("To: {}a@example.com\n", "(".repeat(100_000)),
            "words",
        )
    }),
    ("10,000 continued parameters", || {
        let names = (0..10_000).fold(String::new(), |mut all, n| {
            let _ = write!(all, ";\n name*{n}*=a");
            all
        });
        plain(&format!("Content-Type: text/plain{names}\n"), "words")
    }),
    ("100,000 parameters", || {
        plain(
            &format!("Content-Type: text/plain{}\n", "; a=b".repeat(100_000)),
            "words",
        )
    }),
    ("bidi controls and look-alikes", || {
        plain(
            "X-Name: \u{202e}gpj.exe \u{440}aypal\n",
            &"\u{202e}\u{2066}\u{440}\u{430}ypal ".repeat(100_000),
        )
    }),
    ("100,000 open divs", || html(&"<div>".repeat(100_000))),
    ("100,000 open tables", || {
        html(&"<table><tr><td>x".repeat(100_000))
    }),
    ("4 MB of open tags of all sorts", || {
        html(&"<b><p><li><ul><a href=x><blockquote><pre>".repeat(100_000))
    }),
    ("4 MB of one tag that never ends", || {
        html(&format!("<a {}", "b=\"c\" ".repeat(700_000)))
    }),
    ("4 MB of less-than signs", || html(&"<".repeat(4 * MIB))),
    ("4 MB of entities", || {
        html(&"&amp;&#60;&lt".repeat(300_000))
    }),
    ("4 MB of comments", || html(&"<!--x".repeat(800_000))),
    ("200,000 links", || {
        html(&"<a href=\"https://example.com/abcdef\">x</a>".repeat(200_000))
    }),
    ("4 MB of scripts", || {
        html(&"<script>alert(1)</script><svg onload=x>".repeat(100_000))
    }),
    ("20 MB of quote marks", || plain("", &"> ".repeat(10 * MIB))),
    ("1,000,000 quoted lines", || {
        plain("", &"> > x\n".repeat(1_000_000))
    }),
    ("300,000 heads of quotes", || {
        plain(
            "",
            &"On Mon, 4 May 2026 at 10:15 Ivan <a@b.example> wrote:\n".repeat(300_000),
        )
    }),
    ("500,000 lines like header fields", || {
        plain("", &"From: Ivan\nSent: Monday\nTo: x\n\n".repeat(500_000))
    }),
    ("500,000 signatures", || {
        plain("", &"x\n-- \n".repeat(500_000))
    }),
    ("500,000 rules of a list", || {
        plain(
            "",
            &"_______________________________________________\nx\n\n".repeat(300_000),
        )
    }),
    ("300,000 footers of phones", || {
        plain("", &"Sent from my iPhone\n\n".repeat(300_000))
    }),
    ("flowed lines that never end", || {
        plain(
            "Content-Type: text/plain; format=flowed; delsp=yes\n",
            &"> x \n".repeat(2_000_000),
        )
    }),
    ("200,000 uuencoded files", || {
        plain("", &"begin 644 x\n#0V%T\n`\nend\n".repeat(200_000))
    }),
    ("200,000 unended uuencoded files", || {
        plain("", &"begin 644 x\n".repeat(200_000))
    }),
    ("a uuencoded file of 20 MB of line ends", || {
        plain("", &format!("begin 644 x\n{}", "\n".repeat(20 * MIB)))
    }),
    ("winmail.dat of nonsense", || {
        plain(
            "Content-Type: application/ms-tnef\n",
            &"x\u{9f}>\"".repeat(MIB),
        )
    }),
    ("1,000,000 calendar events", || {
        plain(
            "Content-Type: text/calendar\n",
            &"BEGIN:VEVENT\nSUMMARY:x\n".repeat(1_000_000),
        )
    }),
    ("16 MB of undeclared 8-bit text", || {
        plain("", &"\u{e4}\u{f6}\u{fc} ".repeat(2 * MIB))
    }),
    ("10 MB of UTF-7", || {
        plain(
            "Content-Type: text/plain; charset=utf-7\n",
            &"+AGE-+".repeat(2 * MIB),
        )
    }),
    ("nothing", String::new),
    ("one line end", || "\n".to_owned()),
    ("a colon", || ":".to_owned()),
];

fn plain(fields: &str, body: &str) -> String {
    format!("{HEADER}{fields}\n{body}")
}

fn html(page: &str) -> String {
    plain("Content-Type: text/html; charset=utf-8\n", page)
}

fn nested_multiparts() -> String {
    let parts = (0..10_000).fold(String::new(), |mut all, n| {
        let next = n + 1;
        let _ = write!(
            all,
            "--b{n}\nContent-Type: multipart/mixed; boundary=b{next}\n\n"
        );
        all
    });
    plain("Content-Type: multipart/mixed; boundary=b0\n", &parts)
}

fn nested_messages() -> String {
    plain(
        "Content-Type: message/rfc822\n",
        &"Content-Type: message/rfc822\n\n".repeat(10_000),
    )
}

fn many_parts() -> String {
    plain(
        "Content-Type: multipart/mixed; boundary=b\n",
        &"--b\n\nx\n".repeat(100_000),
    )
}

fn base64() -> String {
    let line = "QUJD".repeat(19) + "\n";
    let fields = "Content-Type: application/zip; name=a.zip\nContent-Transfer-Encoding: base64\n";
    plain(fields, &line.repeat(20 * MIB / line.len()))
}
