//! Reports as CSV (RFC 4180), for spreadsheets.

use super::{explain::Explained, report::Group};

/// A report with a header line; figures to two digits, empty where there is none.
pub fn csv(groups: &[Group]) -> String {
    let figure = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.2}"));
    let mut out = line([
        "key",
        "asked",
        "answered",
        "response_rate",
        "satisfied",
        "percent_satisfied",
        "mean",
        "low",
        "high",
        "counted",
        "about_agent",
        "about_product",
        "about_waiting",
        "about_unsaid",
        "excluded",
    ]);
    for group in groups {
        out += &line([
            cell(&group.key),
            group.asked.to_string(),
            group.answered.to_string(),
            figure(group.response_rate),
            group.satisfied.to_string(),
            figure(group.percent_satisfied),
            figure(group.mean),
            figure(group.low),
            figure(group.high),
            group.counted.to_string(),
            group.about.agent.answered.to_string(),
            group.about.product.answered.to_string(),
            group.about.waiting.answered.to_string(),
            group.about.unsaid.answered.to_string(),
            group.excluded.to_string(),
        ]);
    }
    out
}

/// The ratings behind a percentage, with a header line.
pub fn explained(ratings: &[Explained]) -> String {
    let mut out = line([
        "survey",
        "ticket",
        "asked_at",
        "answered_at",
        "score",
        "about",
        "counted",
        "satisfied",
        "why",
    ]);
    for rating in ratings {
        let answered_at = rating.answered_at.map(|at| at.to_string());
        let score = rating.score.map(|score| score.to_string());
        out += &line([
            rating.survey.to_string(),
            rating.ticket.to_string(),
            rating.asked_at.to_string(),
            answered_at.unwrap_or_default(),
            score.unwrap_or_default(),
            cell(&rating.about),
            rating.counted.to_string(),
            rating.satisfied.to_string(),
            cell(&rating.why),
        ]);
    }
    out
}

fn line<const N: usize>(cells: [impl AsRef<str>; N]) -> String {
    let cells = cells.each_ref().map(AsRef::as_ref);
    cells.join(",") + "\r\n"
}

/// A text as a CSV cell. Spreadsheets run a cell that begins like a formula: an apostrophe before
/// it makes it text.
pub fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    let text = if is_formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', ';', '"', '\'', '\n', '\r', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_runs_no_formula() {
        for (text, written) in [
            ("Anna", "Anna"),
            ("", ""),
            ("=1+1", "\"'=1+1\""),
            ("+380", "\"'+380\""),
            ("-1", "\"'-1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            ("\r=1", "\"'\r=1\""),
            ("＝1", "\"'＝1\""),
            ("a=1", "a=1"),
            ("Anna, \"the\" first", "\"Anna, \"\"the\"\" first\""),
            ("two\nlines", "\"two\nlines\""),
            ("a;b", "\"a;b\""),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }
}
