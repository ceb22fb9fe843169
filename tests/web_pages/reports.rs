//! The report for managers: who may see it, and what it says.

use jiff::{SignedDuration, Timestamp};
use maildesk::{
    clock,
    token::{Purpose, Signer},
    web::report_path,
};

use crate::{
    desk::{Asked, CUSTOMER, Running},
    http::{get, post},
};

pub fn tomorrow() -> Timestamp {
    clock::now() + SignedDuration::from_hours(24)
}

/// A survey: agent, category, about, answer, comment, weeks ago.
pub type Rated<'a> = (&'a str, &'a str, &'a str, Option<u8>, &'a str, i64);

/// A desk that asked and was answered like this.
pub async fn with(rows: &[Rated<'_>]) -> Running {
    let desk = Running::start().await;
    for (id, (agent, category, about, score, comment, weeks)) in (1..).zip(rows) {
        desk.ask(Asked::default()).await;
        let at = clock::now().as_millisecond() - weeks * 7 * 86_400_000;
        desk.tamper(&format!(
            "UPDATE surveys SET agent = '{agent}', category = '{category}', asked_at = {at} WHERE id = {id}"
        ));
        if let Some(score) = score {
            desk.tamper(&format!(
                "INSERT INTO ratings (survey, at, score, about, comment, via) \
                 VALUES ({id}, {at}, {score}, '{about}', '{comment}', 'page')"
            ));
        }
    }
    desk
}

/// The cells of the lines of a table, of the section with that id.
fn table(html: &str, id: &str) -> Vec<String> {
    let (_, section) = html.split_once(&format!("<section id=\"{id}\">")).unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    let (_, body) = section.split_once("<tbody>").unwrap();
    let rows = body.split("<tr").skip(1);
    rows.map(|row| {
        let cells = row.split("</t").filter_map(|cell| cell.rsplit_once('>'));
        let cells: Vec<&str> = cells
            .map(|(_, text)| text)
            .filter(|text| !text.trim().is_empty())
            .collect();
        cells.join("|")
    })
    .collect()
}

const ANNA: &str = "anna@example.com";

#[tokio::test]
async fn the_page_says_what_the_ratings_say() {
    let desk = with(&[
        (ANNA, "import", "agent", Some(5), "fast & kind <3", 0),
        (ANNA, "import", "", Some(4), "", 1),
        (ANNA, "search", "waiting", Some(1), "slow )))", 1),
        (ANNA, "search", "agent", Some(2), "", 5),
        ("boris@example.com", "", "product", Some(1), "", 0),
        ("boris@example.com", "", "", None, "", 0),
        ("", "", "agent", Some(1), "wrong person", 0),
        (ANNA, "import", "agent", Some(5), "long ago", 30),
    ])
    .await;
    let excluded = desk
        .store
        .write(|pen| pen.exclude_survey(7, "not ours", "boss"));
    excluded.await.unwrap();
    let page = get(desk.at, &report_path(&desk.signer, tomorrow())).await;
    assert_eq!(page.status, 200, "{page:?}");
    let html = &page.body;
    assert!(html.contains("<html lang=\"uk\">"), "{html}");
    // asked, answered, response, counted, satisfied, percent, interval, mean, product, waiting,
    // set aside; the 1 for the waiting is not hers
    assert_eq!(
        table(html, "by-agent"),
        [
            "–|0|0|–|0|0|–|–|–|0|0|1",
            "Anna &lt;b&gt;|4|4|100,0 %|3|2|66,7 %|20,8 – 93,9 %|3,67|0|1|0",
            "boris@example.com|2|1|50,0 %|0|0|–|–|–|1|0|0",
            "Разом|6|5|83,3 %|3|2|66,7 %|20,8 – 93,9 %|3,67|1|1|1",
        ]
    );
    assert_eq!(
        table(html, "by-category")[1..],
        [
            "import|2|2|100,0 %|2|2|100,0 %|34,2 – 100,0 %|4,50|0",
            "search|2|2|100,0 %|2|0|0,0 %|0,0 – 65,8 %|1,50|0",
            "Разом|6|5|83,3 %|5|2|40,0 %|11,8 – 76,9 %|2,60|1",
        ]
    );
    let about = table(html, "by-about");
    assert!(
        about[0].starts_with("Про роботу фахівця|2|2|2|1|50,0 %"),
        "{about:?}"
    );
    assert!(
        about
            .iter()
            .any(|line| line.starts_with("Без відповіді|1|0|0")),
        "{about:?}"
    );
    assert_eq!(table(html, "scores").len(), 5);
    let comments = ["wrong person", "fast &amp; kind &lt;3", "slow )))"];
    let places = comments.map(|comment| html.find(comment).unwrap());
    assert!(places.is_sorted(), "{places:?}");
    assert!(
        !html.contains("long ago") && !html.contains(CUSTOMER),
        "{html}"
    );
    assert!(!html.contains("<b>") && !html.contains("<script"), "{html}");

    // the same table for a spreadsheet
    let path = report_path(&desk.signer, tomorrow());
    let (_, link) = html.split_once("csv=category").unwrap();
    assert!(link.starts_with('"'), "{link}");
    let csv = get(desk.at, &format!("{path}&csv=category")).await;
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let name = csv.header("content-disposition").unwrap();
    assert!(name.contains("satisfaction-by-category-"), "{name}");
    assert!(csv.body.contains("import,2,2,1.00,2,100.00"), "{csv:?}");

    // another span
    let path = report_path(&desk.signer, tomorrow());
    let then = (clock::now() - SignedDuration::from_hours(24 * 210))
        .strftime("%Y-%m-%d")
        .to_string();
    let one = get(desk.at, &format!("{path}&from={then}&to={then}"))
        .await
        .body;
    assert_eq!(
        table(&one, "by-agent"),
        ["Anna &lt;b&gt;|1|1|100,0 %|1|1|100,0 %|20,7 – 100,0 %|5,00|0|0|0"]
    );
    let none = get(desk.at, &format!("{path}&from=2020-01-01&to=2020-01-02")).await;
    assert_eq!(none.status, 200);
    assert!(none.body.contains("опитувань не надсилали"), "{none:?}");
}

#[tokio::test]
async fn only_a_link_of_the_desk_that_is_not_over_shows_it() {
    let desk = with(&[(ANNA, "import", "agent", Some(5), "the words", 0)]).await;
    let good = report_path(&desk.signer, tomorrow());
    let bare = "/reports/satisfaction";
    let stranger = Signer::new(b"another secret!!");
    let seal = |purpose, party| desk.signer.seal(purpose, tomorrow().as_second(), party);
    for bad in [
        bare.to_owned(),
        format!("{bare}?token="),
        format!("{bare}?token=1-aaaa"),
        format!("{good}a"),
        report_path(&stranger, tomorrow()),
        report_path(&desk.signer, clock::now() - SignedDuration::from_secs(1)),
        format!("{bare}?token={}", seal(Purpose::Survey, bare)),
        format!("{bare}?token={}", seal(Purpose::Report, "/reports/other")),
        "/reports".to_owned(),
        "/reports/".to_owned(),
    ] {
        let page = get(desk.at, &bad).await;
        assert_eq!(page.status, 404, "{bad}");
        let unknown = get(desk.at, "/nothing").await;
        assert_eq!(
            page.body, unknown.body,
            "{bad}: it looks like any missing page"
        );
    }
    assert_eq!(
        post(desk.at, &good, &[("from", "2020-01-01")]).await.status,
        405
    );
    let page = get(desk.at, &good).await;
    assert_eq!(page.status, 200);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex"),
        ("x-frame-options", "DENY"),
    ] {
        assert_eq!(page.header(name), Some(value));
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'"), "{policy}");
    for foreign in ["http://", "https://", "src=", "url(", "@import"] {
        assert!(!page.body.contains(foreign), "{foreign}: {page:?}");
    }
}

#[tokio::test]
async fn trouble_with_the_database_is_told_without_detail() {
    let desk = with(&[]).await;
    desk.tamper("ALTER TABLE surveys RENAME TO elsewhere");
    let page = get(desk.at, &report_path(&desk.signer, tomorrow())).await;
    assert_eq!(page.status, 503);
    assert!(!page.body.contains("surveys"), "{page:?}");
}

#[tokio::test]
async fn at_most_fifty_comments_are_shown_the_newest_first() {
    let desk = with(&[(ANNA, "", "", Some(3), "the-oldest", 0)]).await;
    desk.tamper(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 70) \
         INSERT INTO surveys (id, ticket, agent, category, mailbox, language, recipient, \
         recipient_key, due_at, asked_at, expires_at) SELECT i, 1, '', '', 'support', 'en', 'a@b', \
         'a@b', 0, (SELECT asked_at FROM surveys WHERE id = 1), 0 FROM n; \
         INSERT INTO ratings (survey, at, score, comment, via) SELECT id, asked_at + id, 5, \
         'said-' || id, 'page' FROM surveys WHERE id > 1",
    );
    let page = get(desk.at, &report_path(&desk.signer, tomorrow()))
        .await
        .body;
    assert_eq!(page.matches("<article").count(), 50);
    assert!(page.find("said-70").unwrap() < page.find("said-69").unwrap());
    assert!(!page.contains("said-20") && !page.contains("the-oldest"));
}
