use crate::{
    compose::{Notice, Page, SURVEY_SCRIPT, SurveyPage, Templates},
    language::Language,
};

fn page(language: Language, page: Page, facts: &SurveyPage) -> String {
    Templates::load(None)
        .unwrap()
        .page(language, page, facts)
        .unwrap()
}

fn facts() -> SurveyPage {
    SurveyPage {
        desk_name: "Acme & Co".to_owned(),
        ticket: 123,
        agent: "Anna".to_owned(),
        score: Some(4),
        comment: "\n</textarea><script>alert(1)</script> :)))".to_owned(),
        about: "waiting".to_owned(),
        token: "7-abc".to_owned(),
        notice: Some(Notice::Press),
    }
}

#[test]
fn every_page_is_small_and_loads_nothing() {
    for language in Language::ALL {
        for which in [Page::Survey, Page::Thanks, Page::Gone, Page::Refused] {
            let html = page(language, which, &facts());
            assert!(html.len() < 30_000, "{}", html.len());
            assert!(html.contains(&format!("<html lang=\"{}\">", language.code())));
            assert!(html.contains("Acme &amp; Co"));
            let has_form = html.contains("<form");
            let own = format!("<script>{SURVEY_SCRIPT}</script>");
            assert_eq!(html.matches(&own).count(), usize::from(has_form));
            let html = html.replace(&own, "");
            for outside in ["http", "src=", "<link", "url(", "@import", "<script"] {
                assert!(!html.contains(outside), "{outside} in {html}");
            }
        }
    }
}

#[test]
fn the_tapped_answer_is_chosen_and_can_be_changed() {
    for which in [Page::Survey, Page::Thanks] {
        let html = page(Language::Uk, which, &facts());
        assert_eq!(html.matches("name=\"score\"").count(), 5);
        assert_eq!(html.matches("name=\"about\"").count(), 3);
        assert_eq!(html.matches(" checked").count(), 2);
        assert!(
            html.contains("value=\"4\" required checked>4 &ndash; Добре"),
            "{html}"
        );
        assert!(html.contains("value=\"waiting\" checked"));
        assert_eq!(html.matches("<button").count(), 1);
        assert!(html.contains("<form method=\"post\" "));
        // the first line break of a textarea is not part of its text, so there is one more
        assert!(
            html.contains("rows=\"4\">\n\n&lt;/textarea&gt;&lt;script&gt;alert(1)"),
            "{html}"
        );
    }
}

#[test]
fn nothing_is_chosen_where_nothing_was_tapped() {
    let html = page(Language::Ru, Page::Survey, &SurveyPage::default());
    assert!(!html.contains(" checked"), "{html}");
    assert!(html.contains("Как вы оцените нашу помощь"));
    assert!(!html.contains("специалист:"), "nobody is named");
    let html = page(Language::Ru, Page::Gone, &SurveyPage::default());
    assert!(html.contains("Эта ссылка больше не работает") && !html.contains("<form"));
}

#[test]
fn a_page_says_what_stands_in_the_way_in_each_language() {
    for (language, press, inside) in [
        (Language::En, "press the button", "own network"),
        (Language::Ru, "нажмите кнопку", "из сети службы"),
        (Language::Uk, "натисніть кнопку", "з мережі служби"),
    ] {
        let html = page(language, Page::Survey, &facts());
        let said = html.split_once("id=\"said\" role=\"status\">").unwrap().1;
        assert!(said.split('<').next().unwrap().contains(press), "{html}");
        let refused = SurveyPage {
            notice: Some(Notice::Inside),
            ..facts()
        };
        let html = page(language, Page::Refused, &refused);
        assert!(html.contains(inside) && !html.contains("<form"), "{html}");
    }
}

#[test]
fn the_link_for_robots_is_out_of_every_persons_reach() {
    for which in [Page::Survey, Page::Thanks] {
        let html = page(Language::En, which, &facts());
        assert_eq!(html.matches("<a ").count(), 1);
        let link = "<p hidden aria-hidden=\"true\"><a href=\"7-abc/more\" rel=\"nofollow\" tabindex=\"-1\">";
        assert!(html.contains(link), "{html}");
    }
}
