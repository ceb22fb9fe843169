//! What people see of an HTML mail.

use super::*;

fn text(html: &str) -> String {
    to_text(html).text
}

#[test]
fn shapes() {
    for (html, expected) in [
        (
            "<p>Hello,</p><p>it <b>does</b> not work.</p>",
            "Hello,\n\nit does not work.",
        ),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("<ul><li>one</li><li>two</li></ul>", "* one\n* two"),
        ("<ol><li>one<li>two</ol>", "1. one\n2. two"),
        (
            "<blockquote>old<br>words</blockquote>new",
            "> old\n> words\n\nnew",
        ),
        (
            "a&nbsp;&lt;b&gt; &amp; &quot;c&quot; &#1078;",
            "a <b> & \"c\" ж",
        ),
        ("<style>p{color:red}</style><script>alert(1)</script>x", "x"),
        (
            "<!-- hidden --><title>t</title>x<!--[if mso]>y<![endif]-->",
            "x",
        ),
        ("", ""),
        ("5 < 6 and 7 > 2", "5 < 6 and 7 > 2"),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
}

#[test]
fn links_show_where_they_lead() {
    for (html, expected) in [
        (
            "<a href=\"https://example.com/x\">the page</a>",
            "the page (https://example.com/x)",
        ),
        (
            "<a href='https://example.com/'>https://example.com</a>",
            "https://example.com",
        ),
        (
            "<a href=\"mailto:a@example.com\">a@example.com</a>",
            "a@example.com",
        ),
        (
            "<a href=\"https://e.example/?a=1&amp;b=2\">q</a>",
            "q (https://e.example/?a=1&b=2)",
        ),
        ("<a href=\"javascript:alert(1)\">click</a>", "click"),
        ("<a href=\"#top\">up</a>", "up"),
        (
            "<a href=https://example.com><img alt=\"Logo\"></a>",
            "[Logo] (https://example.com)",
        ),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
}

#[test]
fn rows_of_data_are_lines() {
    for (html, expected) in [
        (
            "<table border=1><tr><th>Item</th><th>Price</th></tr><tr><td>Filter</td><td>100</td></tr></table>",
            "Item | Price\nFilter | 100",
        ),
        // Word puts a paragraph into each cell
        (
            "<table><tr><td><p class=MsoNormal>a</p></td><td><p>b</p></td></tr>\n<tr><td><p>c</p><td><p>d</p></table>",
            "a | b\nc | d",
        ),
        (
            "<table><tr><td>Name:</td><td>Ivan</td></tr></table>",
            "Name: Ivan",
        ),
        // columns stay where they are
        (
            "<table border=1><tr><td>a<td><td>c<tr><td><td>b<td>d</table>",
            "a |  | c\n | b | d",
        ),
        // a page that a table arranges flows
        (
            "<table><tr><td width=20>&nbsp;</td><td><p>One.</p><p>Two.</p></td><td>&nbsp;</td></tr></table>",
            "One.\n\nTwo.",
        ),
        (
            "<table><tr><td>left</td><td><table><tr><td>1</td><td>2</td></tr></table></td></tr></table>",
            "left\n1 | 2",
        ),
        (
            "<table><tr><td>one</td></tr><tr><td>two</td></tr></table>",
            "one\ntwo",
        ),
        (
            "before<table><tr><td>x</td></tr></table>after",
            "before\nx\nafter",
        ),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
}

#[test]
fn lists_are_numbered_and_indented() {
    for (html, expected) in [
        (
            "<ul><li>one<ul><li>inner<br>more</li></ul></li><li>two</li></ul>",
            "* one\n  * inner\n    more\n* two",
        ),
        (
            "<ol start=9><li>a<li>b<li value=3>c</ol>",
            "9. a\n10. b\n3. c",
        ),
        ("<ol><li></li><li>x</li></ol>", "2. x"),
        ("<dl><dt>word<dd>meaning</dl>", "word\n  meaning"),
        ("<blockquote><ul><li>a</ul></blockquote>", "> * a"),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
}

#[test]
fn white_space_is_that_of_a_browser() {
    for (html, expected) in [
        ("<div>a</div>\n\n <div>  b\n c </div>", "a\nb c"),
        ("<div>a<br></div><div><br></div><div>b</div>", "a\n\nb"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("<b>a</b> <i>b</i><u> c</u>", "a b c"),
        ("a&nbsp;&nbsp; b", "a   b"),
        ("<pre>\n  a\n\n\tb\n</pre>c", "  a\n\n\tb\n\nc"),
        ("<div style=\"white-space:pre-wrap\">a\nb</div>", "a\nb"),
        (
            "so&shy;ft \u{1f468}\u{200d}\u{1f469}",
            "soft \u{1f468}\u{200d}\u{1f469}",
        ),
        (
            "&amp;lt; &hellip; &copy &#x416; &#128; &notanentity;",
            "&lt; … © Ж € ¬anentity;",
        ),
        (
            "<h1>Title</h1>text<hr>end",
            "Title\n\ntext\n----------\nend",
        ),
        ("<img alt='a > b'><img alt=\"\"><img src=x>", "[a > b]"),
        ("<img data-emoji=1 alt=\"\u{1f600}\">", "\u{1f600}"),
        (
            "<textarea><b>x</b></textarea><iframe>y</iframe><xmp><i></xmp>",
            "<b>x</b>\n\n<i>",
        ),
        (
            "<script>if (a < b) '</div>'</script><!-- > x --><title>t</title>ok",
            "ok",
        ),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
}

#[test]
fn what_is_hidden_is_left_out() {
    for html in [
        "<div style=\"display:none;font-size:1px\">preheader <b>x</b></div>new",
        "<span style='display:none'>a<span>b</span>c</span>new",
        "<table><tr><td style=\"display:none\">x<td>new</table>",
        "<p hidden>x<p>new",
        "<div style='max-height:0;overflow:hidden'><table><tr><td>x</table></div>new",
        // newsletters give the size back inside
        "<div style='font-size:0'>x<div style='font-size:14px'>new</div>y</div>",
        "<div style='font-size:0'>x<a href=#a style='font-size:14px'>new</a>y</div>",
        "<a style='mso-hide:all'>new</a><div style='mso-hide:all'>x</div>",
        "<svg><text>x</text></svg>new",
    ] {
        assert_eq!(text(html), "new", "{html}");
    }
    // rather than nothing
    assert_eq!(
        text("<div style='display:none'>all <b>of it</b></div>"),
        "all of it"
    );
    assert_eq!(
        text("<p style='font-size:0'>all</p><script>x</script>"),
        "all"
    );
}

#[test]
fn quote_containers_become_quotes() {
    for html in [
        "new<div class=\"gmail_quote\"><div class=\"gmail_attr\">On Monday X wrote:</div>old</div>",
        "new<div class=\"moz-cite-prefix\">X wrote:</div><blockquote type=\"cite\">old</blockquote>",
        "<div>new</div><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> X</div><div>old</div>",
        "new<blockquote style=\"border-left:1px solid #0857A6\"><div>old</div></blockquote>",
        "<div>new</div><div class=\"yahoo_quoted\">old</div>",
        "new<div id=\"ydp1yahoo_quoted_1\" class=\"yahoo_quoted_1\">old</div>",
        "<div>new</div><div data-marker=\"__QUOTED_TEXT__\">old</div>",
        "new<div class=\"x_gmail_quote\"><div>old</div></div>",
        "new<div class=\"mail-quote-collapse\"><div>old</div></div>",
        "new<div class=\"protonmail_quote\"><blockquote>old</blockquote></div>",
        "<div name=messageBodySection>new</div><div name=messageReplySection>old</div>",
        "<p>new</p><p id=reply-intro>X wrote:</p><blockquote>old</blockquote>",
        "new<div class=missive_quote>old</div>",
        "new<blockquote type=cite class=front-blockquote>old</blockquote>",
        "<div>new</div><table><tr><td><blockquote>old</blockquote></td></tr></table>",
    ] {
        let text = text(html);
        let fresh: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('>') && !line.is_empty())
            .collect();
        assert_eq!(fresh, ["new"], "{html}\n{text}");
        assert!(text.contains("> old"), "{html}\n{text}");
    }
}

#[test]
fn answers_between_quoted_pieces_stay() {
    let html = "<div class=gmail_quote><div class=gmail_attr>X wrote:</div><blockquote class=gmail_quote>one?</blockquote>\
                yes<blockquote class=gmail_quote>two?</blockquote>no</div>";
    assert_eq!(text(html), "> X wrote:\n>\n> one?\n\nyes\n\n> two?\n\nno");
}

#[test]
fn signatures_get_a_line_above() {
    for (html, expected) in [
        (
            "new<div class=gmail_signature>Ivan<br>Acme</div>",
            "new\n-- \nIvan\nAcme",
        ),
        (
            "new<div id=x_Signature><p>Ivan</p></div>",
            "new\n\n-- \nIvan",
        ),
        (
            "new<div name=messageSignatureSection>Ivan</div>",
            "new\n-- \nIvan",
        ),
        ("new<div id=_rc_sig>-- <br>Ivan</div>", "new\n-- \nIvan"),
        (
            "new<br><span>-- </span><br><div class=gmail_signature>Ivan</div>",
            "new\n-- \nIvan",
        ),
        (
            "<div><p>new</p><p class=MsoNormal><a name=\"_MailAutoSig\">Ivan</a></p><p>Acme</p></div>",
            "new\n\n-- \nIvan\n\nAcme",
        ),
        // what has new words below it is none
        ("<div class=gmail_signature>Ivan</div>new", "Ivan\nnew"),
        // that of the older mail is not that of this one
        (
            "<div>new<div class=signature>Ivan</div><div style=\"border:none;border-top:solid #E1E1E1 1.0pt\">\
             <b>From:</b> X</div><div class=signature>Anna</div></div>",
            "new\n-- \nIvan\n----------\nFrom: X\nAnna",
        ),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
}

#[test]
fn what_is_cut_is_told() {
    let long = "x".repeat(3_000);
    let found = to_text(&format!("<a href=\"https://example.com/{long}\">page</a>"));
    assert!(found.text.len() < 2_100, "{}", found.text.len());
    assert!(found.defects[0].contains("2048"), "{:?}", found.defects);
    let found = to_text(&"<a href=https://example.com/>x</a> ".repeat(1_001));
    assert_eq!(found.text.matches("https").count(), 1_000);
    assert!(
        found.defects[0].contains("1000 links"),
        "{:?}",
        found.defects
    );
    let found = to_text(&"x ".repeat(2_000_000));
    assert!((2_000_000..2_100_000).contains(&found.text.len()));
    assert!(found.defects[0].contains("2 MiB"), "{:?}", found.defects);
    assert_eq!(to_text("<p>short</p>").defects, [""; 0]);
}

#[test]
fn a_forwarded_mail_is_not_a_quote() {
    let html = "see below<div class=\"gmail_quote\"><div class=\"gmail_attr\">\
                ---------- Forwarded message ---------<br></div>the text</div>";
    assert!(!text(html).contains('>'), "{}", text(html));
}

#[test]
fn bombs_end_in_time() {
    let started = std::time::Instant::now();
    for piece in [
        "<div>",
        "<b>",
        "<table><tr><td>",
        "<blockquote>",
        "<a href=x>",
        "<p>",
        "<!--",
        "<script>",
        "&",
        "<div class=\"gmail_quote\">",
        "<td colspan=99999>",
        "<pre>",
        "<",
    ] {
        let text = text(&piece.repeat(400_000 / piece.len()));
        assert!(text.len() < 5_000_000);
    }
    let rows = "x<br>".repeat(10_000);
    for nest in [
        "<table><tr><td>",
        "<div><table><tr><td></div>",
        "<blockquote>",
        "<ul><li>",
    ] {
        assert!(
            text(&format!("{}{rows}", nest.repeat(150))).len() < 2_000_000,
            "{nest}"
        );
    }
    // not a measurement: quadratic time here would be minutes, exponential time ages
    assert!(started.elapsed().as_secs() < 60);
}
