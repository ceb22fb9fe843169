//! Plots as SVG: no script, no colours of their own (`--accent`, `--ink`, `--soft` and `--line` of
//! the page), sizes fixed in units of the view box. They repeat what the tables beneath say, so
//! that readers of the screen are spared them.

use std::fmt::Write as _;

use htmlize::escape_all_quotes;
use jiff::civil::Date;

/// A share of 100 with its interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub percent: f64,
    /// The ends of the interval, in percent; `None` where the share is no estimate.
    pub interval: Option<(f64, f64)>,
}

/// A horizontal bar.
pub(super) struct Bar {
    pub label: String,
    /// `None`: there is nothing to show yet.
    pub share: Option<Share>,
    /// What stands behind the bar.
    pub figures: String,
}

/// A point of the trend.
pub(super) struct Point {
    pub day: Date,
    pub share: Share,
    /// What is said of it.
    pub figures: String,
}

/// The width of all plots.
const WIDTH: f64 = 640.0;

/// Where the bars start and end; names stand before, figures behind.
const BARS: (f64, f64) = (196.0, 496.0);

/// The height of a bar with the space around it.
const ROW: f64 = 30.0;

/// The height of the labels of an axis.
const AXIS: f64 = 30.0;

/// The frame of the trend: left, right, top, bottom.
const FRAME: (f64, f64, f64, f64) = (44.0, 628.0, 10.0, 210.0);

/// Bars of 0 to 100 percent, with whiskers for intervals.
pub(super) fn bars(bars: &[Bar]) -> String {
    let bottom = bars.len() as f64 * ROW + 6.0;
    let mut out = open(bottom + AXIS);
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        let x = along(percent);
        line(&mut out, "grid", (x, 0.0), (x, bottom));
        text(
            &mut out,
            "middle",
            (x, bottom + 18.0),
            &format!("{percent} %"),
        );
    }
    for (index, bar) in bars.iter().enumerate() {
        let top = index as f64 * ROW + 6.0;
        let middle = top + ROW / 2.0 - 3.0;
        text(
            &mut out,
            "end",
            (BARS.0 - 10.0, middle + 4.5),
            &cut(&bar.label, 176.0),
        );
        text(
            &mut out,
            "start",
            (BARS.1 + 14.0, middle + 4.5),
            &bar.figures,
        );
        let Some(share) = bar.share else { continue };
        let width = along(share.percent) - BARS.0;
        let height = ROW - 10.0;
        let _ = write!(
            out,
            "<rect class=\"bar\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>",
            BARS.0,
            top + 2.0
        );
        if let Some((low, high)) = share.interval {
            let (low, high) = (along(low), along(high));
            line(&mut out, "whisker", (low, middle), (high, middle));
            for end in [low, high] {
                line(
                    &mut out,
                    "whisker",
                    (end, middle - 5.0),
                    (end, middle + 5.0),
                );
            }
        }
    }
    close(out)
}

/// A line over time, with a band for the interval; it is broken where a week is missing.
pub(super) fn trend(points: &[Point]) -> String {
    let (left, right, _, bottom) = FRAME;
    let mut out = open(bottom + AXIS);
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        let y = up(percent);
        line(&mut out, "grid", (left, y), (right, y));
        text(
            &mut out,
            "end",
            (left - 8.0, y + 4.5),
            &format!("{percent}"),
        );
    }
    let across = Across::over(points);
    for run in points.chunk_by(|a, b| days(a.day, b.day) <= 7.0) {
        band(&mut out, run, &across);
    }
    for point in points {
        let (x, y) = (across.of(point.day), up(point.share.percent));
        let _ = write!(
            out,
            "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"><title>{}: {}</title></circle>",
            point.day,
            escape_all_quotes(point.figures.as_str())
        );
    }
    labels(&mut out, points, &across);
    close(out)
}

fn band(out: &mut String, run: &[Point], across: &Across) {
    let spot = |day: Date, percent: f64| format!("{:.1},{:.1}", across.of(day), up(percent));
    let ends = |point: &Point| {
        point
            .share
            .interval
            .unwrap_or((point.share.percent, point.share.percent))
    };
    if let [alone] = run {
        let (x, (low, high)) = (across.of(alone.day), ends(alone));
        line(out, "whisker", (x, up(low)), (x, up(high)));
        return;
    }
    let upper = run.iter().map(|point| spot(point.day, ends(point).1));
    let lower = run.iter().rev().map(|point| spot(point.day, ends(point).0));
    let around: Vec<String> = upper.chain(lower).collect();
    let middle: Vec<String> = run
        .iter()
        .map(|point| spot(point.day, point.share.percent))
        .collect();
    let _ = write!(
        out,
        "<polygon class=\"band\" points=\"{}\"/><polyline class=\"trend\" points=\"{}\"/>",
        around.join(" "),
        middle.join(" ")
    );
}

/// As many days under the axis as have room.
fn labels(out: &mut String, points: &[Point], across: &Across) {
    const ROOM: f64 = 84.0;
    let mut free = 0.0;
    for point in points {
        let x = across.of(point.day);
        let (anchor, start) = if x - ROOM / 2.0 < 4.0 {
            ("start", x)
        } else if x + ROOM / 2.0 > WIDTH - 4.0 {
            ("end", x - ROOM)
        } else {
            ("middle", x - ROOM / 2.0)
        };
        if start >= free {
            free = start + ROOM + 8.0;
            text(out, anchor, (x, FRAME.3 + 23.0), &point.day.to_string());
        }
    }
}

/// Days from left to right.
struct Across {
    first: Date,
    /// Days from the first to the last; 0 for a single point.
    span: f64,
}

impl Across {
    fn over(points: &[Point]) -> Self {
        let first = points.first().map_or(Date::ZERO, |point| point.day);
        let last = points.last().map_or(first, |point| point.day);
        Self {
            first,
            span: days(first, last),
        }
    }

    fn of(&self, day: Date) -> f64 {
        let (left, right, ..) = FRAME;
        // dots keep clear of the frame
        let (left, right) = (left + 8.0, right - 8.0);
        match self.span > 0.0 {
            true => left + (right - left) * days(self.first, day) / self.span,
            false => (left + right) / 2.0,
        }
    }
}

fn days(from: Date, to: Date) -> f64 {
    to.duration_since(from).as_secs_f64() / 86_400.0
}

fn along(percent: f64) -> f64 {
    BARS.0 + (BARS.1 - BARS.0) * percent / 100.0
}

fn up(percent: f64) -> f64 {
    let (_, _, top, bottom) = FRAME;
    bottom - (bottom - top) * percent / 100.0
}

fn open(height: f64) -> String {
    format!("<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {height}\" aria-hidden=\"true\">")
}

fn close(mut svg: String) -> String {
    svg.push_str("</svg>");
    svg
}

fn line(out: &mut String, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    let _ = write!(
        out,
        "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
    );
}

fn text(out: &mut String, anchor: &str, (x, y): (f64, f64), words: &str) {
    let words = escape_all_quotes(words);
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"
    );
}

/// As much of a text as fits, by a generous guess of what its letters take at 13 units.
fn cut(text: &str, width: f64) -> String {
    let wide = |c: char| match c {
        // from Hangul on, scripts of square letters; emoji are wider still
        '\u{1100}'.. => 18.0,
        c if c.is_uppercase() || "mwжшщюфы@%&".contains(c) => 11.5,
        _ => 8.0,
    };
    let mut left = width;
    let fitting: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take_while(|c| {
            left -= wide(*c);
            left >= 0.0
        })
        .collect();
    match fitting.chars().count() < text.chars().filter(|c| !c.is_control()).count() {
        true => {
            let kept: Vec<char> = fitting.chars().collect();
            let kept = kept.len().saturating_sub(2);
            fitting.chars().take(kept).chain(['…']).collect()
        }
        false => fitting,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn point(day: Date, percent: f64) -> Point {
        Point {
            day,
            share: Share {
                percent,
                interval: Some((percent / 2.0, 100.0)),
            },
            figures: "3 < 4".to_owned(),
        }
    }

    #[test]
    fn a_bar_is_as_long_as_its_share_and_names_are_text() {
        let share = Share {
            percent: 50.0,
            interval: Some((25.0, 75.0)),
        };
        let svg = bars(&[Bar {
            label: "<b>\"A\" & 'B'".to_owned(),
            share: Some(share),
            figures: "50.0 % · 1/2".to_owned(),
        }]);
        assert!(svg.contains("width=\"150.0\""), "{svg}");
        assert!(
            svg.contains("x1=\"271.0\"") && svg.contains("x2=\"421.0\""),
            "{svg}"
        );
        assert!(!svg.contains("<b>") && svg.contains("&lt;b&gt;"), "{svg}");
    }

    #[test]
    fn a_missing_week_breaks_the_line() {
        let days = [(2, 50.0), (9, 100.0), (23, 0.0), (30, 20.0)];
        let points = days.map(|(day, percent)| point(date(2026, 11, day), percent));
        let svg = trend(&points);
        assert_eq!(svg.matches("<polyline").count(), 2, "{svg}");
        assert_eq!(svg.matches("<circle").count(), 4, "{svg}");
        assert!(svg.contains("3 &lt; 4"), "{svg}");
        let alone = trend(&points[..1]);
        assert!(
            !alone.contains("<polyline") && alone.contains("<circle"),
            "{alone}"
        );
        assert!(trend(&[]).ends_with("</svg>"));
    }

    #[test]
    fn ten_years_of_weeks_are_labelled_without_crowding() {
        let first = date(2016, 1, 4);
        let points: Vec<Point> = (0..520)
            .map(|week| point(first + jiff::Span::new().weeks(week), 80.0))
            .collect();
        let labels = trend(&points).matches("<text").count() - 5;
        assert!((3..=7).contains(&labels), "{labels}");
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(cut("Anna", 176.0), "Anna");
        let long = cut(&"Ы".repeat(500), 176.0);
        assert!(long.ends_with('…') && long.chars().count() < 16, "{long}");
        assert_eq!(cut("a\u{1b}b\n", 176.0), "ab");
    }
}
