//! The mail that asks whether the customer would recommend us, and its pages.

use super::kit::*;
use crate::{compose::*, language::Language, token::Purpose};

#[test]
fn a_question_offers_eleven_answers_and_a_way_out() {
    for language in Language::ALL {
        let mail = composer(desk())
            .nps(&olga(), 77, language, &stamp())
            .unwrap();
        let token = signer().seal(Purpose::Nps, 77, &olga().address);
        let page = format!("https://support.example.com/n/{token}");
        let (text, html) = (text_of(&mail), html_of(&mail));
        for score in 0..=10 {
            let link = format!("{page}?score={score}");
            assert!(text.contains(&format!("{score}:\n{link}\n")), "{text}");
            assert!(html.contains(&format!("<a href=\"{link}\"")), "{html}");
        }
        assert_eq!(html.matches("<tr>").count(), 2, "two rows on a phone");
        assert_eq!(html.matches("<td").count(), 12, "of six cells each");
        assert!(text.contains(&format!("{page}/stop\n")), "{text}");
        let url = format!("<{page}/stop>");
        let by_mail = format!("<mailto:support+n{token}@example.com?subject=unsubscribe>");
        assert_eq!(
            wire(&mail, "List-Unsubscribe"),
            Some(format!("{url}, {by_mail}"))
        );
        assert_eq!(
            wire(&mail, "List-Unsubscribe-Post").as_deref(),
            Some("List-Unsubscribe=One-Click")
        );
        assert_eq!(
            wire(&mail, "Auto-Submitted").as_deref(),
            Some("auto-generated")
        );
        assert_eq!(
            wire(&mail, "X-Auto-Response-Suppress").as_deref(),
            Some("All")
        );
        assert!(wire(&mail, LOOP_HEADER).is_some());
        assert_eq!(wire(&mail, "In-Reply-To"), None, "it is of no conversation");
        assert!(!mail.subject.contains('#'), "nor of a ticket");
        assert_eq!(own_ticket(&signer(), &mail.message_id), None);
        let reply_to = format!("support+n{token}@example.com");
        assert!(wire(&mail, "Reply-To").unwrap().contains(&reply_to));
        assert_eq!(mail.envelope_from, reply_to);
    }
}

#[test]
fn one_click_is_promised_over_https_alone() {
    let plain = Desk {
        public_url: "http://support.example.com".to_owned(),
        ..desk()
    };
    let mail = composer(plain)
        .nps(&olga(), 77, Language::En, &stamp())
        .unwrap();
    assert!(wire(&mail, "List-Unsubscribe").is_some());
    assert_eq!(wire(&mail, "List-Unsubscribe-Post"), None);
    // other mails are no subscription
    let acknowledged = composer(desk())
        .acknowledgement(&thread(Language::En, "Import"), &olga(), &stamp())
        .unwrap();
    assert_eq!(wire(&acknowledged, "List-Unsubscribe"), None);
}

#[test]
fn every_page_is_small_loads_nothing_and_needs_no_script() {
    let templates = Templates::load(None).unwrap();
    let facts = NpsFacts {
        desk_name: "Acme & Co".to_owned(),
        score: Some(0),
        comment: "</textarea><script>alert(1)</script> :)))".to_owned(),
        token: "1-abc".to_owned(),
    };
    for language in Language::ALL {
        for which in [
            NpsPage::Question,
            NpsPage::Thanks,
            NpsPage::Stop,
            NpsPage::Stopped,
        ] {
            let html = templates.nps_page(language, which, &facts).unwrap();
            assert!(html.len() < 30_000, "{}", html.len());
            assert!(html.contains(&format!("<html lang=\"{}\">", language.code())));
            assert!(html.contains("Acme &amp; Co"));
            for outside in ["http", "src=", "<link", "url(", "@import", "<script"] {
                assert!(!html.contains(outside), "{outside} in {html}");
            }
            let has_scale = matches!(which, NpsPage::Question | NpsPage::Thanks);
            let points = html.matches("name=\"score\"").count();
            assert_eq!(points, if has_scale { 11 } else { 0 });
            let buttons = html.matches("<button").count();
            assert_eq!(buttons, usize::from(which != NpsPage::Stopped));
        }
        let html = templates
            .nps_page(language, NpsPage::Question, &facts)
            .unwrap();
        assert!(html.contains("value=\"0\" required checked>"), "{html}");
        assert_eq!(html.matches(" checked>").count(), 1);
        let nothing = NpsFacts::default();
        let html = templates
            .nps_page(language, NpsPage::Question, &nothing)
            .unwrap();
        assert_eq!(html.matches(" checked>").count(), 0);
    }
}
