use super::*;
use crate::ticket::TicketFacts;

fn target(pointer: Pointer, sender_takes_part: bool, status: Status) -> Option<Target> {
    let ticket = TicketFacts {
        number: 7,
        status,
        ..TicketFacts::default()
    };
    Some(Target {
        pointer,
        came_for: None,
        ticket,
        sender_takes_part,
        is_history: false,
        is_long_closed: false,
    })
}

fn decided(kind: Kind, known: &Knowledge) -> (Disposition, Reason, Option<i64>) {
    let decision = decide((kind, String::new()), &Triage::default(), known);
    (decision.disposition, decision.reason, decision.ticket)
}

#[test]
fn only_a_participant_joins_a_ticket() {
    use Disposition::{Append, OpenTicket};
    for (pointer, reason) in [
        (Pointer::ReplyToken, Reason::ReplyToken),
        (Pointer::OurMessageId, Reason::AnswersOurMail),
        (Pointer::TheirMessageId, Reason::AnswersMailOfTicket),
        (Pointer::SubjectTag, Reason::SubjectTag),
    ] {
        let known = Knowledge {
            target: target(pointer, true, Status::Closed),
            ..Default::default()
        };
        assert_eq!(decided(Kind::Customer, &known), (Append, reason, Some(7)));
        let known = Knowledge {
            target: target(pointer, false, Status::Open),
            ..Default::default()
        };
        let decision = decide((Kind::Customer, String::new()), &Triage::default(), &known);
        assert_eq!(decision.disposition, OpenTicket, "{pointer:?}");
        assert_eq!(decision.reason, Reason::StrangerPointsToTicket);
        assert_eq!((decision.ticket, decision.linked_to), (None, Some(7)));
    }
}

#[test]
fn machines_never_reopen_or_open() {
    let target = target(Pointer::ReplyToken, true, Status::Closed);
    let known = Knowledge {
        target,
        ..Default::default()
    };
    let decision = decide((Kind::AutoReply, String::new()), &Triage::default(), &known);
    assert_eq!(decision.disposition, Disposition::Note);
    assert!(!decision.reopens);
    let none = Knowledge::default();
    assert_eq!(decided(Kind::AutoReply, &none).0, Disposition::Ignore);
    assert_eq!(decided(Kind::List, &none).0, Disposition::Ignore);
    assert_eq!(decided(Kind::Bounce, &none).0, Disposition::Ignore);
}

#[test]
fn only_an_agents_forward_is_taken_over() {
    let forwarded = |forward| Knowledge {
        forward: Some(forward),
        ..Default::default()
    };
    let taken = forwarded(Forward::TakenOver);
    assert_eq!(
        decided(Kind::Agent, &taken),
        (Disposition::OpenTicket, Reason::ForwardedByAgent, None)
    );
    assert_eq!(decided(Kind::Customer, &taken).1, Reason::NewMail);
    assert_eq!(decided(Kind::AutoReply, &taken).0, Disposition::Ignore);
    assert_eq!(
        decided(Kind::Agent, &forwarded(Forward::Held(3))),
        (Disposition::Note, Reason::ForwardedMailOfTicket, Some(3))
    );
    for why in [Forward::Unproven, Forward::Nobody, Forward::FromUs] {
        assert!(why.why_not().is_some());
        assert_eq!(decided(Kind::Agent, &forwarded(why)).1, Reason::NewMail);
    }
}

#[test]
fn our_own_mail_is_never_a_ticket() {
    let known = Knowledge {
        is_ours: true,
        ..Default::default()
    };
    let kind_of = kind(Kind::Customer, "", &known);
    assert_eq!(kind_of.0, Kind::Loop);
    assert_eq!(decided(kind_of.0, &known).1, Reason::OurMailCameBack);
    let known = Knowledge {
        is_from_own: true,
        ..Default::default()
    };
    assert_eq!(kind(Kind::Customer, "", &known).0, Kind::Own);
    assert_eq!(kind(Kind::Bounce, "", &known).0, Kind::Bounce);
}

#[test]
fn a_rule_may_quarantine_but_not_what_a_person_released() {
    let triage = Triage {
        quarantine: true,
        ..Default::default()
    };
    let plain = Knowledge::default();
    let customer = || (Kind::Customer, String::new());
    assert_eq!(
        decide(customer(), &triage, &plain).disposition,
        Disposition::Quarantine
    );
    let released = Knowledge {
        is_released: true,
        ..Default::default()
    };
    assert_eq!(
        decide(customer(), &triage, &released).disposition,
        Disposition::OpenTicket
    );
}

#[test]
fn an_acknowledgement_needs_every_condition() {
    let good = Acknowledging {
        is_enabled: true,
        is_addressable: true,
        has_failed_dmarc: false,
        is_marked_spam: false,
        is_within_budget: true,
        is_suppressed: false,
    };
    let (triage, known) = (Triage::default(), Knowledge::default());
    let new = decide((Kind::Customer, String::new()), &triage, &known);
    assert_eq!(no_acknowledgement(&new, &triage, &known, good), None);
    for bad in [
        Acknowledging {
            is_enabled: false,
            ..good
        },
        Acknowledging {
            is_addressable: false,
            ..good
        },
        Acknowledging {
            has_failed_dmarc: true,
            ..good
        },
        Acknowledging {
            is_marked_spam: true,
            ..good
        },
        Acknowledging {
            is_within_budget: false,
            ..good
        },
        Acknowledging {
            is_suppressed: true,
            ..good
        },
    ] {
        assert!(
            no_acknowledgement(&new, &triage, &known, bad).is_some(),
            "{bad:?}"
        );
    }
    let history = Knowledge {
        is_history: true,
        ..Default::default()
    };
    assert!(no_acknowledgement(&new, &triage, &history, good).is_some());
}

#[test]
fn an_agents_mail_into_a_ticket_is_private_whatever_rules_say() {
    let triage = Triage {
        ignore: true,
        quarantine: true,
        ..Triage::default()
    };
    let with = |agent, is_history| Knowledge {
        is_from_agent: true,
        is_history,
        agent,
        target: target(Pointer::ReplyToken, true, Status::Open),
        ..Knowledge::default()
    };
    let placed = |known: &Knowledge| {
        let decision = decide((Kind::Agent, String::new()), &triage, known);
        (decision.disposition, decision.reason, decision.ticket)
    };
    let note = |reason| (Disposition::Note, reason, Some(7));
    let proven = Some(AgentMail::Proven);
    assert_eq!(placed(&with(proven, false)), note(Reason::AgentAnswer));
    assert_eq!(placed(&with(proven, true)), note(Reason::AgentMail));
    let outside = Some(AgentMail::Outside);
    assert_eq!(placed(&with(outside, false)), note(Reason::AnsweredOutside));
    for miss in [
        AgentMail::NoToken,
        AgentMail::OthersToken,
        AgentMail::Unproven,
        AgentMail::OtherAddress,
    ] {
        assert_eq!(placed(&with(Some(miss), false)), note(Reason::AgentMail));
    }
    // in a ticket of their own agents are customers
    let own = decide(
        (Kind::Agent, String::new()),
        &Triage::default(),
        &with(None, false),
    );
    assert_eq!(own.disposition, Disposition::Append);
    // a machine of theirs stays one
    let away = decide(
        (Kind::AutoReply, String::new()),
        &triage,
        &with(None, false),
    );
    assert_eq!(away.reason, Reason::AutoReplyToTicket);
}
