//! What an agent sees of their own results.

use jiff::SignedDuration;
use maildesk::{
    clock,
    web::{own_report_path, report_path},
};

use crate::{
    desk::Running,
    http::get,
    reports::{Rated, tomorrow, with},
};

const ANNA: &str = "anna@example.com";
const BORIS: &str = "boris@example.com";

fn path(desk: &Running, agent: &str) -> String {
    own_report_path(&desk.signer, agent, tomorrow())
}

/// Four answers of Anna's that count, of weeks that are over.
const FOUR: [Rated<'static>; 7] = [
    (ANNA, "import", "agent", Some(5), "said of Anna", 1),
    (ANNA, "import", "", Some(4), "", 2),
    (ANNA, "search", "agent", Some(5), "", 3),
    (ANNA, "search", "agent", Some(2), "", 4),
    (ANNA, "search", "product", Some(1), "of the product", 2),
    (ANNA, "search", "", Some(1), "of this very moment", 0),
    (BORIS, "search", "", Some(1), "said of Boris", 1),
];

#[tokio::test]
async fn figures_appear_once_there_are_enough_answers_and_never_who_said_what() {
    let desk = with(&FOUR).await;
    let page = get(desk.at, &path(&desk, ANNA)).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("не менше 5."), "{page:?}");
    assert!(!page.body.contains("id=\"total\""), "{page:?}");

    let mut five = FOUR.to_vec();
    five.push((ANNA, "", "agent", Some(5), "", 5));
    let desk = with(&five).await;
    let page = get(desk.at, &path(&desk, ANNA)).await;
    // 4 of 5; the 1 of this week and the one about the product are not among them
    assert!(page.body.contains("<dd>80,0 %</dd>"), "{page:?}");
    assert!(page.body.contains("<dd>5</dd>"), "{page:?}");
    let (_, main) = page.body.split_once("<main>").unwrap();
    for secret in [
        "said of",
        "of the product",
        "this very moment",
        "olga",
        "#1",
        "import",
        "<script",
    ] {
        assert!(!main.contains(secret), "{secret}: {main}");
    }
    // a span that one could choose would single answers out
    let today = clock::now().strftime("%Y-%m-%d").to_string();
    let chosen = get(
        desk.at,
        &format!("{}&from={today}&to={today}", path(&desk, ANNA)),
    )
    .await;
    assert_eq!(chosen.body, page.body);
}

#[tokio::test]
async fn a_link_is_good_for_its_agent_alone() {
    let desk = with(&FOUR).await;
    let good = path(&desk, ANNA);
    let (_, token) = good.split_once("token=").unwrap();
    let gone = clock::now() - SignedDuration::from_secs(1);
    for bad in [
        "/reports/mine".to_owned(),
        good.replace("anna", "boris"),
        format!("/reports/satisfaction?token={token}"),
        report_path(&desk.signer, tomorrow()).replace("satisfaction?", "mine?agent=Anna&"),
        own_report_path(&desk.signer, ANNA, gone),
        // nobody of that address is an agent any more
        path(&desk, BORIS),
    ] {
        assert_eq!(get(desk.at, &bad).await.status, 404, "{bad}");
    }
    assert_eq!(get(desk.at, &good).await.status, 200);
}
