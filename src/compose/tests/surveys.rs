//! The mail that asks whether the customer was happy.

use super::kit::*;
use crate::{compose::*, language::Language, token::Purpose};

#[test]
fn a_survey_offers_five_answers_on_pages() {
    let mail = composer(desk())
        .survey(
            &thread(Language::Ru, "Импорт"),
            &olga(),
            77,
            "Anna",
            &stamp(),
        )
        .unwrap();
    let token = signer().seal(Purpose::Survey, 77, &olga().address);
    assert_eq!(
        text_of(&mail).replace(&token, "TOKEN"),
        "Здравствуйте!\n\nВаше обращение закрыто (#123). С вами работал специалист: Anna.\n\nКак вы \
         оцените нашу помощь по этому обращению?\n\n\
         5 - Отлично\nhttps://support.example.com/s/TOKEN?score=5\n\n\
         4 - Хорошо\nhttps://support.example.com/s/TOKEN?score=4\n\n\
         3 - Нормально\nhttps://support.example.com/s/TOKEN?score=3\n\n\
         2 - Плохо\nhttps://support.example.com/s/TOKEN?score=2\n\n\
         1 - Очень плохо\nhttps://support.example.com/s/TOKEN?score=1\n\n\
         Достаточно одного нажатия. Или просто ответьте на это письмо цифрой от 1 до 5.\n\nAcme \
         Support\n"
    );
    let html = html_of(&mail);
    for score in 1..=5 {
        let link = format!("<a href=\"https://support.example.com/s/{token}?score={score}\"");
        assert!(html.contains(&link), "{html}");
    }
    assert_eq!(
        wire(&mail, "Auto-Submitted").as_deref(),
        Some("auto-generated")
    );
    assert_eq!(
        wire(&mail, "X-Auto-Response-Suppress").as_deref(),
        Some("All")
    );
    assert!(
        wire(&mail, "Reply-To")
            .unwrap()
            .ends_with(&format!("<support+s{token}@example.com>"))
    );
    assert!(mail.envelope_from.starts_with("support+b"));
}

#[test]
fn a_desk_without_pages_is_answered_by_mail() {
    let by_mail = Desk {
        public_url: String::new(),
        ..desk()
    };
    let plain = Desk {
        delimiter: String::new(),
        ..by_mail.clone()
    };
    let survey = |desk| {
        composer(desk)
            .survey(&thread(Language::Uk, "Імпорт"), &olga(), 77, "", &stamp())
            .unwrap()
    };
    let token = signer().seal(Purpose::Survey, 77, &olga().address);
    let mail = survey(by_mail);
    let link = format!(
        "mailto:support+s{token}@example.com?subject=4%20-%20%D0%94%D0%BE%D0%B1%D1%80%D0%B5"
    );
    assert!(
        text_of(&mail).contains(&format!("4 - Добре\n{link}\n")),
        "{}",
        text_of(&mail)
    );
    assert!(html_of(&mail).contains(&format!("<a href=\"{link}\"")));
    assert!(!text_of(&mail).contains("фахівець"), "nobody is named");

    let mail = survey(plain);
    let link = format!(
        "mailto:support@example.com?subject=4%20-%20%D0%94%D0%BE%D0%B1%D1%80%D0%B5%20%5Bs%3A{token}%5D"
    );
    assert!(
        text_of(&mail).contains(&format!("4 - Добре\n{link}\n")),
        "{}",
        text_of(&mail)
    );
    assert_eq!(mail.envelope_from, "support@example.com");
    assert_eq!(
        wire(&mail, "Reply-To").as_deref(),
        Some("\"Acme Support\" <support@example.com>")
    );
}

#[test]
fn a_reminder_has_words_of_its_own_and_the_same_links() {
    let composer = composer(desk());
    let token = signer().seal(Purpose::Survey, 77, &olga().address);
    for (language, words, last) in [
        (
            Language::En,
            "Not long ago we asked you about your request (#123). You were helped by Anna. If you \
             have a moment, we would be glad of your answer.\n\nHow was our help with this request?",
            "We will not ask about it again.",
        ),
        (
            Language::Ru,
            "Недавно мы спрашивали вас о вашем обращении (#123). С вами работал специалист: Anna. \
             Если найдётся минута, будем рады вашему ответу.\n\nКак вы оцените нашу помощь по этому \
             обращению?",
            "Больше напоминать об этом не будем.",
        ),
        (
            Language::Uk,
            "Нещодавно ми запитували вас про ваше звернення (#123). З вами працював фахівець: Anna. \
             Якщо матимете хвилину, будемо раді вашій відповіді.\n\nЯк ви оцінюєте нашу допомогу з \
             цього звернення?",
            "Більше не нагадуватимемо про це.",
        ),
    ] {
        let thread = thread(language, "Импорт");
        let mail = composer
            .survey_reminder(&thread, &olga(), 77, "Anna", &stamp())
            .unwrap();
        let (text, html) = (text_of(&mail), html_of(&mail));
        assert!(text.contains(&format!("\n\n{words}\n")), "{text}");
        assert!(text.contains(last) && html.contains(last));
        for score in 1..=5 {
            let link = format!("https://support.example.com/s/{token}?score={score}");
            assert!(text.lines().any(|line| line == link), "{text}");
            assert!(html.contains(&format!("<a href=\"{link}\"")), "{html}");
        }
        let first = composer.survey(&thread, &olga(), 77, "Anna", &stamp());
        assert_eq!(mail.subject, first.unwrap().subject);
    }
}

#[test]
fn every_mail_program_can_show_it() {
    let by_mail = Desk {
        public_url: String::new(),
        delimiter: String::new(),
        ..desk()
    };
    for desk in [desk(), by_mail] {
        let composer = composer(desk);
        for language in Language::ALL {
            let thread = thread(language, "Импорт");
            for mail in [
                composer.survey(&thread, &olga(), 77, "Anna", &stamp()),
                composer.survey_reminder(&thread, &olga(), 77, "Anna", &stamp()),
            ] {
                let mail = mail.unwrap();
                let (text, html) = (text_of(&mail), html_of(&mail));
                // RFC 5322 section 2.1.1, also where a relay undoes our encoding
                for line in text.lines().chain(html.lines()) {
                    assert!(line.len() <= 998, "{line}");
                }
                let is_link = |line: &&str| line.contains("://") || line.contains("mailto:");
                let links: Vec<&str> = text.lines().filter(is_link).collect();
                assert_eq!(links.len(), 5, "{text}");
                let is_alone = |link: &&str| !link.contains(' ') && !link.starts_with('<');
                assert!(links.iter().all(is_alone), "{text}");
                // Gmail cuts at 102 KB, and asks before it shows what lies elsewhere
                assert!(mail.bytes.len() < 20_000, "{} bytes", mail.bytes.len());
                for elsewhere in ["<img", "src=", "<link", "@import", "url("] {
                    assert!(!html.contains(elsewhere), "{elsewhere}");
                }
            }
        }
    }
}
