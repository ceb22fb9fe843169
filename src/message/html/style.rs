//! What a `style` attribute says of the text in it.

/// What an element's own style says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// It is not shown: what mailers show in their list of mails, and the other form of a page.
    pub is_hidden: bool,
    /// Whether it is hidden from Outlook only.
    pub is_only_outlook: bool,
    /// Whether its letters have no size; `None` when it says nothing of them. What stands inside
    /// may have a size again, and does so in most newsletters.
    pub is_sizeless: Option<bool>,
    /// Line ends in the source are line ends.
    pub keeps_lines: bool,
    /// The line that Outlook draws above the head of a quoted or forwarded mail.
    pub is_outlook_rule: bool,
}

/// The longest style that is looked at, in bytes.
const LONGEST: usize = 4_096;
/// The properties that say any of it.
const TELLING: &[&str] = &[
    "display",
    "visibility",
    "mso-hide",
    "opacity",
    "font-size",
    "max-height",
    "height",
    "overflow",
    "white-space",
    "border",
    "border-top",
];
/// The colours that Outlook draws the line with, by version.
const OUTLOOK_COLOURS: &[&str] = &["#e1e1e1", "#b5c4df", "#c8c8c8"];

/// Reads a style attribute.
pub(super) fn read(style: &str) -> Style {
    let mut found = Style::default();
    if style.len() > LONGEST {
        return found;
    }
    let mut has_no_height = false;
    let mut is_clipped = false;
    let mut is_topped = false;
    let mut has_no_border = false;
    for (name, value) in style.split(';').filter_map(|one| one.split_once(':')) {
        let name = name.trim();
        let Some(name) = TELLING
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name))
        else {
            continue;
        };
        let value = value.trim().to_ascii_lowercase();
        let value = value.trim_end_matches("!important").trim_end();
        match *name {
            "display" => found.is_hidden |= value == "none",
            "visibility" => found.is_hidden |= matches!(value, "hidden" | "collapse"),
            "mso-hide" => found.is_only_outlook |= value == "all",
            "opacity" => found.is_hidden |= is_zero(value),
            "font-size" => found.is_sizeless = Some(is_zero(value)),
            "max-height" | "height" => has_no_height |= is_zero(value),
            "overflow" => is_clipped |= value == "hidden",
            "white-space" => found.keeps_lines |= value.starts_with("pre"),
            "border" => has_no_border |= value == "none",
            "border-top" => {
                is_topped |= OUTLOOK_COLOURS.iter().any(|colour| value.contains(colour));
            }
            _ => {}
        }
    }
    found.is_hidden |= has_no_height && is_clipped;
    found.is_only_outlook &= !found.is_hidden;
    found.is_hidden |= found.is_only_outlook;
    found.is_outlook_rule = has_no_border && is_topped;
    found
}

/// `0`, `0px`, `0.0pt`.
fn is_zero(value: &str) -> bool {
    let number = value.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == '%');
    !number.is_empty() && number.chars().all(|c| matches!(c, '0' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden() {
        for (style, is_hidden) in [
            ("display:none", true),
            ("DISPLAY: none !important; color:red", true),
            ("visibility:hidden", true),
            ("mso-hide:all", true),
            ("max-height:0px;overflow:hidden", true),
            ("opacity:0", true),
            ("overflow:hidden", false),
            ("max-height:0", false),
            ("display:block;opacity:0.9", false),
            ("background:url('display:none')", false),
        ] {
            assert_eq!(read(style).is_hidden, is_hidden, "{style}");
        }
        assert_eq!(read("font-size:0").is_sizeless, Some(true));
        assert_eq!(read("font-size:10.0pt").is_sizeless, Some(false));
        assert_eq!(read("color:red").is_sizeless, None);
    }
}
