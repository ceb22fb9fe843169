use super::*;

fn order(text: &str) -> (Vec<Command>, String) {
    let order = parse(text).unwrap_or_else(|mistake| panic!("{text:?}: {mistake:?}"));
    (order.commands, order.words)
}

#[test]
fn each_command_has_its_words_in_three_languages() {
    let hours = |hours: u64| Command::Snooze(Duration::from_secs(hours * 3600));
    for (text, command) in [
        ("#close", Command::Status(Status::Closed)),
        ("#ЗАКРЫТЬ", Command::Status(Status::Closed)),
        ("#закрити.", Command::Status(Status::Closed)),
        ("\u{feff}#Pending ", Command::Status(Status::Pending)),
        ("#ожидание", Command::Status(Status::Pending)),
        ("#reopen", Command::Status(Status::Open)),
        ("#відкрити", Command::Status(Status::Open)),
        ("#note", Command::Note),
        ("#нотатка", Command::Note),
        ("#only", Command::Only),
        ("#Только", Command::Only),
        ("#лише", Command::Only),
        ("#assign anna", Command::Assign("anna".into())),
        (
            "#assign: Anna Petrova",
            Command::Assign("Anna Petrova".into()),
        ),
        ("#назначить анна", Command::Assign("анна".into())),
        ("#assign me", Command::Assign(String::new())),
        ("#взять", Command::Assign(String::new())),
        ("#priority high", Command::Priority(Priority::High)),
        ("#приоритет Высокий", Command::Priority(Priority::High)),
        ("#пріоритет терміновий", Command::Priority(Priority::Urgent)),
        (
            "#tag VIP, api",
            Command::Tag(vec!["vip".into(), "api".into()]),
        ),
        ("#тег опт", Command::Tag(vec!["опт".into()])),
        ("#untag vip", Command::Untag(vec!["vip".into()])),
        ("#category Import", Command::Category("import".into())),
        ("#категория импорт", Command::Category("импорт".into())),
        ("#merge 17", Command::Merge(17)),
        ("#merge #17", Command::Merge(17)),
        ("#объединить 17", Command::Merge(17)),
        ("#об'єднати 17", Command::Merge(17)),
        ("#snooze 2d", hours(48)),
        ("#snooze 2 days", hours(48)),
        ("#отложить 2д", hours(48)),
        ("#отложить 3 часа", hours(3)),
        ("#відкласти 1 тиждень", hours(7 * 24)),
        ("#spam", Command::Spam),
        ("#СПАМ", Command::Spam),
        ("#unsend", Command::Unsend),
        ("#Отозвать", Command::Unsend),
        ("#скасувати", Command::Unsend),
        ("#send", Command::Send),
        ("#отправить", Command::Send),
        ("#надіслати", Command::Send),
    ] {
        assert_eq!(order(text), (vec![command], String::new()), "{text:?}");
    }
}

#[test]
fn commands_stand_at_the_top_and_words_below() {
    let close = Command::Status(Status::Closed);
    let tag = Command::Tag(vec!["x".into()]);
    for (text, commands, words) in [
        ("Hello\n#close", vec![], "Hello\n#close"),
        (
            "#close\n\nHello,\n\nIvan\n",
            vec![close.clone()],
            "Hello,\n\nIvan",
        ),
        (
            "\n \n#tag x\r\n\r\n#close\r\nHi",
            vec![tag.clone(), close.clone()],
            "Hi",
        ),
        ("#tag x #close\nHi", vec![tag.clone(), close.clone()], "Hi"),
        (
            "#note ask her #tomorrow\nor later",
            vec![Command::Note],
            "ask her #tomorrow\nor later",
        ),
        (
            "#close\n#123 has shipped",
            vec![close.clone()],
            "#123 has shipped",
        ),
        ("#123 has shipped", vec![], "#123 has shipped"),
        ("# Heading", vec![], "# Heading"),
        ("#", vec![], "#"),
        (
            "#merge 5\n#close",
            vec![Command::Merge(5), close.clone()],
            "",
        ),
        ("", vec![], ""),
    ] {
        assert_eq!(order(text), (commands, words.to_owned()), "{text:?}");
    }
    assert_eq!(
        order("#spam\n#note\nknown sender").0,
        [Command::Spam, Command::Note]
    );
}

#[test]
fn a_slip_undoes_the_whole_mail() {
    use Mistake::{Argument, Together, Unknown};
    for (text, mistake) in [
        ("#clos\nHello", Unknown("#clos".into())),
        ("#close\n#hashtag is trending", Unknown("#hashtag".into())),
        ("#close #foo", Unknown("#foo".into())),
        ("#close Thank you", Argument("#close Thank you".into())),
        ("#priority", Argument("#priority".into())),
        ("#priority huge", Argument("#priority huge".into())),
        ("#merge abc", Argument("#merge abc".into())),
        ("#merge -1", Argument("#merge -1".into())),
        ("#snooze", Argument("#snooze".into())),
        ("#snooze soon", Argument("#snooze soon".into())),
        ("#snooze 2y", Argument("#snooze 2y".into())),
        ("#snooze 0d", Argument("#snooze 0d".into())),
        (
            "#snooze 99999999999999999999d",
            Argument("#snooze 99999999999999999999d".into()),
        ),
        ("#tag", Argument("#tag".into())),
        (
            "#category two words",
            Argument("#category two words".into()),
        ),
        (
            "#close\n#pending",
            Together("#close #pending #open #snooze #merge #spam".into()),
        ),
        (
            "#snooze 1d\n#snooze 2d",
            Together("#close #pending #open #snooze #merge #spam".into()),
        ),
        ("#spam\nStop writing", Together("#spam + text".into())),
        ("#send\nHello", Together("#send + text".into())),
        ("#unsend\n#send", Together("#send #unsend".into())),
        ("#unsend that", Argument("#unsend that".into())),
        ("#assign a\n#assign b", Together("#assign #assign".into())),
        ("#only\n#note x", Together("#only #note".into())),
        ("#only Ivan", Argument("#only Ivan".into())),
    ] {
        assert_eq!(parse(text), Err(mistake), "{text:?}");
    }
    let long = format!("#{}", "ы".repeat(100_000));
    assert_eq!(parse(&long), Err(Unknown(format!("#{}", "ы".repeat(99)))));
}

#[test]
fn a_hostile_text_takes_linear_time() {
    let started = std::time::Instant::now();
    for unit in ["#tag x ", "#close\n", "\n", "#note ", "# "] {
        let _ = parse(&unit.repeat(100_000));
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}
