//! A rating comes in, on the page or by mail, and the rules for ratings act on its ticket.
//!
//! A rule acts once a survey: customers may change their answer for days, and nobody wants to hear
//! of each change. Who was told of a bare score is told once more when a comment comes, whatever
//! the score is by then.

use jiff::Timestamp;

use super::{Desk, DeskError, News, by_rule::say_rules};
use crate::{
    address::Address,
    clock,
    compose::{Conversation, Notification, Said, Thread},
    store::{AnsweredBy, MessageView, Pen, Rating, StoreError, Survey, Ticket, TicketChange},
    survey::visitors::BEFORE,
    ticket::{Priority, Status},
    triage::{Event, Facts, Triage, comment_as_mail},
};

/// The longest comment that a notification shows, in characters; the page takes fewer.
const LONGEST_COMMENT: usize = 10_000;
/// Answers that rules hear of in one transaction.
const BATCH: usize = 50;

impl Desk {
    /// Records an answer to a survey, and does what the rules for ratings say of it, in one
    /// transaction; later for what the page sent by itself. Returns whether it was one: what says the same as the last answer, such as a
    /// page sent twice, is not recorded again.
    ///
    /// # Errors
    /// When there is no such survey; the database's trouble.
    pub fn rate(&self, pen: &Pen<'_>, survey: i64, rating: &Rating) -> Result<bool, StoreError> {
        let survey = pen.survey(survey)?;
        let is_known = survey.row.as_ref().is_some_and(|last| {
            last.score == Some(rating.score)
                && last.comment == rating.comment
                && last.about == rating.about
        });
        if is_known {
            return Ok(false);
        }
        pen.rate(survey.id, rating)?;
        if rating.via == AnsweredBy::Signs {
            pen.follow_at(survey.id, Some(clock::now() + BEFORE))?;
        } else {
            pen.follow_at(survey.id, None)?;
            self.follow_rating(pen, &survey, rating)?;
        }
        Ok(true)
    }

    /// Lets rules hear of the answers that are no robot's, as it has turned out.
    ///
    /// # Errors
    /// The database's trouble.
    pub(super) fn follow_ratings(&self, pen: &Pen<'_>, now: Timestamp) -> Result<(), StoreError> {
        for id in pen.to_follow(now, BATCH)? {
            pen.follow_at(id, None)?;
            let survey = pen.survey(id)?;
            let last = survey.row.as_ref();
            let Some((last, score)) = last.and_then(|last| Some((last, last.score?))) else {
                continue;
            };
            let rating = Rating {
                score,
                about: last.about.clone(),
                comment: last.comment.clone(),
                via: AnsweredBy::Signs,
            };
            self.follow_rating(pen, &survey, &rating)?;
        }
        Ok(())
    }

    fn follow_rating(
        &self,
        pen: &Pen<'_>,
        survey: &Survey,
        rating: &Rating,
    ) -> Result<(), StoreError> {
        if !self.rules.has_rules_on(Event::Rating) {
            return Ok(());
        }
        let ticket = pen.ticket(pen.after_merges(survey.ticket)?)?;
        let triage = self.judge_rating(pen, survey, &ticket, rating)?;
        let has_comment = !rating.comment.trim().is_empty();
        let waiting = match has_comment {
            true => pen.take_told_without_comment(survey.id)?,
            false => Vec::new(),
        };
        if triage.matched.is_empty() && waiting.is_empty() {
            return Ok(());
        }
        let customer = pen
            .participants(ticket.number)?
            .into_iter()
            .find(|who| who.is_same(&survey.recipient.address))
            .unwrap_or_else(|| survey.recipient.clone());
        say_rules(pen, ticket.number, &triage)?;
        let after = self.change_by_rating(pen, &ticket, &triage)?;
        if triage.reply.is_some() {
            self.answer_rating(pen, &after, &triage, &customer)?;
        }
        let comment: String = rating.comment.chars().take(LONGEST_COMMENT).collect();
        let conversation = self.conversation(pen, ticket.number)?;
        let what = Notification::Rated {
            from: &customer,
            score: rating.score,
            about: &rating.about,
            conversation: &conversation,
        };
        let news = News {
            what,
            text: &comment,
            by: &[&customer.address],
        };
        let mut told = self.tell_named(pen, &after, &triage.notify, &news, &[])?;
        for who in waiting {
            let is_told = told.iter().any(|other| other.is_same(&who.address));
            if !is_told && self.is_for_us(&who) {
                self.tell(pen, &after, &who, what, &comment)?;
                told.push(who);
            }
        }
        told.extend(self.tell_agents_of_rating(pen, (&ticket, &after), &news, &told)?);
        for who in told.iter().filter(|_| !has_comment) {
            pen.told_without_comment(survey.id, who)?;
        }
        Ok(())
    }

    /// Whether somebody is still an agent, or named by a rule: days may have passed.
    fn is_for_us(&self, who: &Address) -> bool {
        let is_named = |named: &String| who.is_same(named);
        let mut rules = self.rules.rules();
        self.agent_of(who).is_some() || rules.any(|rule| rule.notify.iter().any(is_named))
    }

    /// What the rules say that did not act on this survey yet; they are noted.
    fn judge_rating(
        &self,
        pen: &Pen<'_>,
        survey: &Survey,
        ticket: &Ticket,
        rating: &Rating,
    ) -> Result<Triage, StoreError> {
        let now = clock::now();
        let past = pen.past(&survey.recipient, self.rules.counted_categories(), now)?;
        let (customer, language) = (&survey.recipient, Some(survey.language));
        let comment = comment_as_mail(&rating.comment, customer, language);
        let of_ticket = ticket.facts();
        let facts = Facts {
            past: &past,
            ..Facts::of_rating(rating.score, &comment, &ticket.mailbox, &of_ticket)
        }
        .at(self.timezone().to_datetime(now));
        let acted = pen.rules_of_survey(survey.id)?;
        let acts = |id: &str| !acted.iter().any(|known| known == id);
        let triage = self.rules.evaluate_where(&facts, Event::Rating, acts);
        for matched in &triage.matched {
            pen.rule_acted(survey.id, &matched.rule)?;
        }
        Ok(triage)
    }

    /// As for a reply, a rule raises the priority and gives a category where there is none.
    fn change_by_rating(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        triage: &Triage,
    ) -> Result<Ticket, StoreError> {
        if triage.matched.is_empty() {
            return Ok(ticket.clone());
        }
        let assignee = self.assignee_by_rule(pen, triage)?;
        let change = TicketChange {
            status: triage.status.filter(|status| *status != ticket.status),
            priority: triage.priority.filter(|wanted| *wanted > ticket.priority),
            category: triage
                .category
                .clone()
                .filter(|_| ticket.category.is_empty()),
            group: triage.group.clone(),
            assignee: Some(assignee).filter(|agent| !agent.is_empty()),
            tags: triage.tags.clone(),
            untags: triage.untags.clone(),
        };
        match self.change_untold(pen, ticket.number, "desk", &change) {
            Ok((_, after)) => Ok(after),
            Err(DeskError::Store(error)) => Err(error),
            // the survey of a ticket that a rule closes: the rating is kept nonetheless
            Err(error) => {
                pen.event(ticket.number, "desk", "not_composed", &error.to_string())?;
                pen.ticket(ticket.number)
            }
        }
    }

    fn answer_rating(
        &self,
        pen: &Pen<'_>,
        ticket: &Ticket,
        triage: &Triage,
        to: &Address,
    ) -> Result<(), StoreError> {
        if pen.is_suppressed(to)? || !self.is_within_budget(pen, to)? {
            let why = "mail to the address came back, or the budget of automatic mail is used up";
            return pen.event(ticket.number, "desk", "not_answered_by_rule", why);
        }
        let (in_reply_to, references) = pen.last_incoming(ticket.number)?;
        let thread = Thread {
            ticket: ticket.number,
            subject: &ticket.subject,
            language: self.language_of(ticket),
            in_reply_to: Some(in_reply_to.as_str()).filter(|id| !id.is_empty()),
            references: &references,
        };
        self.answer_by_rule(pen, ticket, &thread, triage, to)
    }

    /// Tells the agents of a ticket that was handed over, opened again or raised, and that waits
    /// for them now, unless a rule told them already. Returns whom it told of the rating.
    fn tell_agents_of_rating(
        &self,
        pen: &Pen<'_>,
        (before, after): (&Ticket, &Ticket),
        news: &News<'_>,
        told: &[Address],
    ) -> Result<Vec<Address>, StoreError> {
        let told = told.iter().map(|who| who.address.as_str());
        let by: Vec<&str> = told.chain(news.by.iter().copied()).collect();
        let is_handed_over = before.assignee != after.assignee && !after.assignee.is_empty();
        let is_raised = before.priority < Priority::High && after.priority >= Priority::High;
        let is_urged = is_raised || before.status != after.status;
        if is_handed_over {
            let text = pen.last_words(after.number)?;
            let news = News {
                what: Notification::Assigned { by: "desk" },
                text: &text,
                by: &by,
            };
            self.tell_news(pen, after, &news)?;
        } else if is_urged && after.status == Status::Open {
            return self.tell_news(pen, after, &News { by: &by, ..*news });
        }
        Ok(Vec::new())
    }

    /// What was said in a ticket, for a mail. Answers to the survey are no part of
    /// it, nor is what an agent took back before it left.
    fn conversation(&self, pen: &Pen<'_>, ticket: i64) -> Result<Conversation, StoreError> {
        let said = |message: MessageView| {
            let files = message.attachments.as_array().into_iter().flatten();
            let names = files.filter_map(|file| Some(file.get("name")?.as_str()?.to_owned()));
            let at = message.at.to_zoned(self.timezone().clone());
            let text = if message.reply.trim().is_empty() {
                message.text
            } else {
                message.reply
            };
            Said {
                at: at.strftime("%Y-%m-%d %H:%M").to_string(),
                by: message.author,
                is_note: message.direction == "note",
                text,
                files: names.collect(),
            }
        };
        let was_said = |message: &MessageView| {
            let delivery = message.delivery.as_ref();
            let is_taken_back = delivery.is_some_and(|delivery| delivery.state == "dropped");
            message.reason != "survey_answer" && !is_taken_back
        };
        let messages = pen.messages(ticket)?.into_iter().filter(was_said);
        Ok(Conversation::of(messages.map(said).collect()))
    }
}
