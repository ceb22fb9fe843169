//! The mails of `maildesk demo`, in the order of their arrival.

/// File name and bytes.
pub(super) const MAILS: &[(&str, &[u8])] = &[
    (
        "01-ru-import-fails.eml",
        include_bytes!("demo_mails/01-ru-import-fails.eml"),
    ),
    (
        "02-en-export-question.eml",
        include_bytes!("demo_mails/02-en-export-question.eml"),
    ),
    (
        "03-uk-search-fails.eml",
        include_bytes!("demo_mails/03-uk-search-fails.eml"),
    ),
    (
        "04-en-pricing-wrong.eml",
        include_bytes!("demo_mails/04-en-pricing-wrong.eml"),
    ),
    (
        "05-ru-export-koi8.eml",
        include_bytes!("demo_mails/05-ru-export-koi8.eml"),
    ),
    (
        "06-uk-pricing-html.eml",
        include_bytes!("demo_mails/06-uk-pricing-html.eml"),
    ),
    (
        "07-ru-attachment.eml",
        include_bytes!("demo_mails/07-ru-attachment.eml"),
    ),
    (
        "08-en-search-question.eml",
        include_bytes!("demo_mails/08-en-search-question.eml"),
    ),
    (
        "09-ru-import-reply.eml",
        include_bytes!("demo_mails/09-ru-import-reply.eml"),
    ),
    (
        "10-en-out-of-office.eml",
        include_bytes!("demo_mails/10-en-out-of-office.eml"),
    ),
    ("11-bounce.eml", include_bytes!("demo_mails/11-bounce.eml")),
    (
        "12-uk-import-fails.eml",
        include_bytes!("demo_mails/12-uk-import-fails.eml"),
    ),
    (
        "13-uk-thanks.eml",
        include_bytes!("demo_mails/13-uk-thanks.eml"),
    ),
    (
        "14-ru-search-fails.eml",
        include_bytes!("demo_mails/14-ru-search-fails.eml"),
    ),
];

#[cfg(test)]
mod tests {
    use super::MAILS;

    #[test]
    fn every_mail_of_the_directory_is_in_the_demo() {
        let mut names: Vec<String> = std::fs::read_dir("src/cli/demo_mails")
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        let shipped: Vec<&str> = MAILS.iter().map(|(name, _)| *name).collect();
        assert_eq!(shipped, names);
    }
}
