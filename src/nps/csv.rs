//! The report as CSV (RFC 4180), for spreadsheets.

use super::report::Group;
use crate::survey::csv::cell;

const HEAD: &str =
    "key,asked,answered,response_rate,promoters,passives,detractors,nps,low,high\r\n";

/// A report with a header line; figures to two digits, empty where there is none. A score below zero
/// is a number and no formula: only its key is text.
pub fn csv(groups: &[Group]) -> String {
    let figure = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.2}"));
    let line = |group: &Group| {
        [
            cell(&group.key),
            group.asked.to_string(),
            group.answered.to_string(),
            figure(group.response_rate),
            group.promoters.to_string(),
            group.passives.to_string(),
            group.detractors.to_string(),
            figure(group.nps),
            figure(group.low),
            figure(group.high),
        ]
        .join(",")
            + "\r\n"
    };
    groups
        .iter()
        .fold(HEAD.to_owned(), |out, group| out + &line(group))
}
