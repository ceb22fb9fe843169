//! Now and then a customer is asked whether they would recommend us: never about a case and never
//! after one. What they answer changes no ticket, no rule acts on it, and no figure of satisfaction
//! counts it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::{Desk, DeskError, outbox_row, stamp};
use crate::{
    address::Address,
    clock,
    nps::policy::{Customer, Policy, gap, next_at, rank, refusal, start_of_day, withdrawal},
    store::{Leave, NewNpsQuestion, NewOutbox, NpsVia, OutboxKind, Pen, Store, StoreError, View},
};

/// The settings may have been read again: how long until they are asked for.
const GLANCE: Duration = Duration::from_secs(5);
/// Looking for somebody to ask goes over all tickets: not more often than this, and as often as a
/// question may leave.
const OFTENEST: Duration = Duration::from_secs(1);
/// Looking takes at most the twentieth part of one core.
const SHARE: u32 = 20;
/// Somebody may be due by now where nobody was: looking is not put off for longer.
const SELDOMEST: Duration = Duration::from_secs(15 * 60);

/// A look over all tickets.
struct Look {
    begun_at: Instant,
    took: Duration,
}

impl Look {
    /// How long it is until the next one; `None` when it is time.
    fn rest(&self, gap: Duration) -> Option<Duration> {
        let pause = gap.max(OFTENEST).max(self.took * SHARE);
        let left = pause.min(SELDOMEST).checked_sub(self.begun_at.elapsed());
        left.filter(|left| !left.is_zero())
    }
}

/// Asks whoever is due, and takes back what waits when a case comes up, until asked to stop.
pub async fn run(desk: Arc<ArcSwap<Desk>>, store: Store, stop: CancellationToken) {
    let mut changes = store.changes();
    let mut last: Option<Look> = None;
    while !stop.is_cancelled() {
        changes.mark_unchanged();
        let desk = desk.load_full();
        let mut pause = GLANCE;
        if let Err(error) = look_after(&desk, &store).await {
            tracing::error!("looking after waiting questions for NPS: {error}");
        }
        if desk.config.nps.enabled {
            match turn(&desk, &store, &mut last).await {
                Ok(next) => pause = next.min(GLANCE),
                Err(error) => tracing::error!("asking for NPS: {error}"),
            }
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}

/// Asks one customer if it is time for one. Returns how long until it may be time again.
async fn turn(
    desk: &Arc<Desk>,
    store: &Store,
    last: &mut Option<Look>,
) -> Result<Duration, DeskError> {
    let now = clock::now();
    let policy = desk.nps_policy();
    let wait = |until: Timestamp| Duration::try_from(until - now).unwrap_or(Duration::ZERO);
    if let Some(rest) = last.as_ref().and_then(|last| last.rest(gap(&policy))) {
        return Ok(rest);
    }
    let begun_at = Instant::now();
    let asking = Arc::clone(desk);
    let due = store
        .read(move |view| {
            let at = asking.nps_time(view, now)?;
            match at <= now {
                true => Ok(Err(asking.next_for_nps(view, now)?)),
                false => Ok(Ok(at)),
            }
        })
        .await?;
    let found = match due {
        Ok(at) => return Ok(wait(at)),
        Err(found) => found,
    };
    *last = Some(Look {
        begun_at,
        took: begun_at.elapsed(),
    });
    if let Some(who) = found {
        let asking = Arc::clone(desk);
        let asked = store
            .write(move |pen| asking.ask_nps(pen, &who, now))
            .await?;
        if let Some(question) = asked {
            tracing::info!(question, "a customer is asked for NPS");
        }
    }
    Ok(OFTENEST)
}

/// Takes back what waits to be sent although its customer has a case by now, and puts off to the
/// morning what the relay has put off into the night.
async fn look_after(desk: &Arc<Desk>, store: &Store) -> Result<(), DeskError> {
    let (desk, now) = (Arc::clone(desk), clock::now());
    let changed = store.read(move |view| desk.changed_nps(view, now)).await?;
    if changed.is_empty() {
        return Ok(());
    }
    store
        .write(move |pen| {
            for (question, leave) in changed {
                match leave {
                    Leave::Now => {}
                    Leave::Later(at) => pen.put_off_nps(question, at)?,
                    Leave::Never(why) => pen.withdraw_nps(question, &why)?,
                }
            }
            Ok::<(), DeskError>(())
        })
        .await
}

impl Desk {
    /// Whom NPS asks, and how many.
    pub fn nps_policy(&self) -> Policy {
        let nps = &self.config.nps;
        Policy {
            every: nps.every,
            quiet: nps.quiet,
            customers_since: nps.customers_since,
            active_within: nps.active_within,
            per_day: nps.per_day,
            hours_length: self.config.survey.hours.length(),
            timezone: self.config.desk.timezone.clone(),
        }
    }

    /// Records an answer. Returns whether it was one: what says the same as the last answer, such as
    /// a page sent twice, is not recorded again.
    ///
    /// # Errors
    /// When there is no such question; the database's trouble.
    pub fn answer_nps(
        &self,
        pen: &Pen<'_>,
        question: i64,
        score: u8,
        comment: &str,
        via: NpsVia,
    ) -> Result<bool, StoreError> {
        let last = pen.nps_question(question)?;
        if last.score == Some(score) && last.comment == comment {
            return Ok(false);
        }
        pen.answer_nps(question, score, comment, via)?;
        Ok(true)
    }

    /// When the next question may leave: in the waking hours, the day's share spread over them.
    fn nps_time(&self, view: &View<'_>, now: Timestamp) -> Result<Timestamp, StoreError> {
        let policy = self.nps_policy();
        let (today, last) = view.nps_planned_since(start_of_day(now, &policy.timezone))?;
        let earliest = next_at(now, last, today, &policy);
        let hours = self.config.survey.hours;
        Ok(hours.opening(earliest, &policy.timezone))
    }

    /// The first in line of those who may be asked now.
    fn next_for_nps(&self, view: &View<'_>, now: Timestamp) -> Result<Option<Address>, StoreError> {
        let policy = self.nps_policy();
        let mut line = view.nps_candidates(now, &policy)?;
        line.sort_by_cached_key(|(key, last)| rank(*last, key));
        for (key, _) in line {
            let who = Address::new("", key);
            if self.nps_refusal(view, &who, now)?.is_none() {
                return Ok(Some(who));
            }
        }
        Ok(None)
    }

    fn nps_refusal(
        &self,
        view: &View<'_>,
        who: &Address,
        now: Timestamp,
    ) -> Result<Option<&'static str>, StoreError> {
        if !who.is_usable() {
            return Ok(Some("no_address"));
        }
        let customer = self.nps_customer(view, who)?;
        Ok(refusal(&customer, now, &self.nps_policy()))
    }

    fn nps_customer(&self, view: &View<'_>, who: &Address) -> Result<Customer, StoreError> {
        Ok(Customer {
            is_own: self.is_own(who) || self.agent_of(who).is_some(),
            ..view.nps_customer(who)?
        })
    }

    /// The waiting questions that must not leave any more, and why; those that would leave outside
    /// the waking hours, and when these begin.
    fn changed_nps(
        &self,
        view: &View<'_>,
        now: Timestamp,
    ) -> Result<Vec<(i64, Leave)>, StoreError> {
        let (policy, hours) = (self.nps_policy(), self.config.survey.hours);
        let mut changed = Vec::new();
        for waiting in view.nps_waiting()? {
            let customer = self.nps_customer(view, &waiting.recipient)?;
            let is_off = (!self.config.nps.enabled).then_some("off");
            let expired = (waiting.expires_at <= now).then_some("expired");
            let why = is_off.or(withdrawal(&customer, now, &policy)).or(expired);
            let leaves_at = waiting.leaves_at.max(now);
            let opening = hours.opening(leaves_at, &policy.timezone);
            if let Some(why) = why {
                changed.push((waiting.question, Leave::Never(why.to_owned())));
            } else if opening > leaves_at {
                changed.push((waiting.question, Leave::Later(opening)));
            }
        }
        Ok(changed)
    }

    /// Puts the question to a customer into the outbox; `None` when something speaks against it by
    /// now. Question and mail are one transaction: a crash asks nobody twice.
    ///
    /// The mail is of the kind `auto`: figures, cooldowns and cancelling of surveys go by the kind
    /// `survey`, and none of them may meet it.
    fn ask_nps(
        &self,
        pen: &Pen<'_>,
        who: &Address,
        now: Timestamp,
    ) -> Result<Option<i64>, DeskError> {
        if self.nps_time(pen, now)? > now
            || self.nps_refusal(pen, who, now)?.is_some()
            || !self.is_within_budget(pen, who)?
        {
            return Ok(None);
        }
        let Some(ticket) = pen.last_ticket_of(&who.key())? else {
            return Ok(None);
        };
        let to = ticket.requester.clone();
        let language = self.language_of(&ticket);
        let question = pen.add_nps_question(&NewNpsQuestion {
            recipient: to.clone(),
            language,
            mailbox: ticket.mailbox,
            expires_at: now + self.config.nps.expires,
        })?;
        let mail = match self.composer.nps(&to, question, language, &stamp()?) {
            Ok(mail) => mail,
            Err(error) => {
                // the question stays, or this customer would be the first in line for ever
                tracing::warn!(question, "a customer cannot be asked for NPS: {error}");
                return Ok(None);
            }
        };
        let row = pen.enqueue(&NewOutbox {
            ticket: None,
            ..outbox_row(OutboxKind::Auto, 0, mail)
        })?;
        pen.set_nps_outbox(question, row)?;
        Ok(Some(question))
    }
}
