//! Power loss, approached by what strace sees: whatever we tell the world stands on the disk.

use crate::{
    stage::{Setting, Stage},
    trace::Trace,
};

const CALLS: &str = "fdatasync,fsync,write,writev,sendto,sendmsg,recvfrom,read";

/// What the tracer saw, in the order of the calls' beginnings, ends that matter among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// The write-ahead log is on the disk.
    Synced,
    /// A command left for the mailbox: fetching the mail.
    Fetch,
    /// Marking, moving or deleting it.
    Retire,
    /// MAIL left for the relay.
    Mail,
    /// The relay said that it has the mail.
    Accepted,
}

/// A call that was interrupted by another thread's ends on a line of its own: `<... fdatasync
/// resumed>`; a sync counts where it ends, a command where it begins.
fn seen(lines: &[String]) -> Vec<Seen> {
    let mut syncing: Vec<String> = Vec::new();
    let mut seen = Vec::new();
    for line in lines {
        let thread = line.split(' ').next().unwrap_or_default().to_owned();
        let is_sync = line.contains("fdatasync(") || line.contains("fsync(");
        if is_sync && line.contains("-wal>") {
            if line.contains("unfinished") {
                syncing.push(thread);
            } else {
                assert!(line.contains("= 0"), "{line}");
                seen.push(Seen::Synced);
            }
        } else if line.contains("sync resumed") && syncing.contains(&thread) {
            syncing.retain(|one| *one != thread);
            seen.push(Seen::Synced);
        } else if line.contains("BODY.PEEK[]") {
            seen.push(Seen::Fetch);
        } else if ["UID STORE", "UID MOVE", "UID EXPUNGE"]
            .iter()
            .any(|word| line.contains(word))
        {
            seen.push(Seen::Retire);
        } else if line.contains("MAIL FROM:") {
            seen.push(Seen::Mail);
        } else if line.contains("queued as") {
            seen.push(Seen::Accepted);
        }
    }
    seen
}

fn trace_one_mail(after: &'static str) {
    let stage = Stage::new(Setting {
        after,
        ..Setting::default()
    });
    let trace = Trace::attach(&stage.desk, CALLS, &[]);
    stage.deliver(1);
    stage.settle(1, 1);
    let lines = trace.end();
    let seen = seen(&lines);
    let at = |what: Seen| {
        let found = seen.iter().position(|one| *one == what);
        found.unwrap_or_else(|| panic!("{what:?} was not seen: {lines:#?}"))
    };
    let syncs = |from: usize, to: usize| {
        let part = &seen[from..to];
        part.iter().filter(|one| **one == Seen::Synced).count()
    };
    // stored and filed, each in a transaction of its own, before the mail is touched at the server
    let (fetch, retire) = (at(Seen::Fetch), at(Seen::Retire));
    assert!(
        fetch < retire && syncs(fetch, retire) >= 2,
        "{seen:?}: {lines:#?}"
    );
    // stored, filed, and the attempt counted, before the relay is told of a mail
    let mail = at(Seen::Mail);
    assert!(
        fetch < mail && syncs(fetch, mail) >= 3,
        "{seen:?}: {lines:#?}"
    );
    // and that it was taken is written down
    assert!(syncs(at(Seen::Accepted), seen.len()) >= 1, "{seen:?}");
}

#[test]
fn a_mail_is_on_the_disk_before_it_is_marked_at_the_server_and_before_it_is_answered() {
    trace_one_mail("seen");
}

#[test]
fn a_mail_is_on_the_disk_before_it_is_moved() {
    trace_one_mail("move");
}

#[test]
fn a_mail_is_on_the_disk_before_it_is_deleted() {
    trace_one_mail("delete");
}
