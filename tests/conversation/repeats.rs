//! What one mail does not show: the same customer again, several customers at once.

use crate::{
    harness::mail::plain,
    story::{DESK, Story, text},
};

fn failure(from: &str, id: &str, body: &str) -> Vec<u8> {
    let id = format!("Message-ID: <{id}@shop.example>");
    plain(from, DESK, "Импорт", &[&id], body)
}

fn tags(story: &Story, number: i64) -> Vec<String> {
    let ticket = story.desk.ticket(number);
    ticket["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(text)
        .collect()
}

#[test]
fn a_second_failure_of_a_customer_and_a_third_customer_reach_the_managers() {
    let story =
        Story::new(|setup| setup.agent("Boss", "boss@example.com", &[("role", "\"manager\"")]));
    let broken = "Прайс поставщика не загружается, ошибка на 40 %.";
    story.tell(&failure("Olga <olga@one.example>", "a", broken));
    assert_eq!(tags(&story, 1), ["failure"]);
    story.tell(&failure(
        "Olga <olga@one.example>",
        "b",
        "Опять прайс не загружается, висит.",
    ));
    assert_eq!(tags(&story, 2), ["failure", "repeated"]);
    let told = story.sent("boss@example.com", 1);
    assert!(
        told.header("Subject").contains("[#2]"),
        "{}",
        told.header("Subject")
    );

    story.tell(&failure(
        "Ivan <ivan@two.example>",
        "c",
        "Импорт прайса не работает.",
    ));
    assert_eq!(
        tags(&story, 3),
        ["failure"],
        "two customers are no incident yet"
    );
    story.tell(&failure(
        "Petro <petro@three.example>",
        "d",
        "Імпорт прайсу не працює зранку.",
    ));
    assert_eq!(tags(&story, 4), ["failure", "incident"]);
    assert_eq!(story.desk.ticket(4)["priority"], "high");
    let told = story.sent("boss@example.com", 2);
    assert!(
        told.header("Subject").contains("[#4]"),
        "{}",
        told.header("Subject")
    );

    // a question in the middle of it is a question
    story.tell(&failure(
        "Anna <anna@four.example>",
        "e",
        "Подскажите, как настроить импорт из csv?",
    ));
    assert!(!tags(&story, 5).contains(&"incident".to_owned()));
}
