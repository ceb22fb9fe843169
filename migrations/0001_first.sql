-- Times are milliseconds since 1970-01-01 UTC. `*_key` is an address in lower case.

-- "mdsk": no other program's database is taken for ours
PRAGMA application_id = 0x6d64736b;

-- in a copy that `maildesk backup` made: when that was, and when a desk first ran on the copy
CREATE TABLE restores (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    taken_at   INTEGER NOT NULL,
    noticed_at INTEGER
) STRICT;
CREATE INDEX restores_by_notice ON restores (noticed_at, taken_at);

-- IN: every mail that reached us, and every answer and note of the desk.

CREATE TABLE raw_mails (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    size     INTEGER NOT NULL,
    encoding TEXT    NOT NULL CHECK (encoding IN ('plain', 'zstd')),
    bytes    BLOB    NOT NULL
) STRICT;

CREATE TABLE cursors (
    mailbox       TEXT    PRIMARY KEY,
    uidvalidity   INTEGER NOT NULL,
    uidnext       INTEGER NOT NULL,
    -- UIDs below it stood in the mailbox before the desk came: history, nothing is sent
    history_below INTEGER NOT NULL DEFAULT 0,
    -- when the desk first saw the mailbox
    since         INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE tickets (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    subject        TEXT    NOT NULL DEFAULT '',
    status         TEXT    NOT NULL CHECK (status IN ('open', 'pending', 'closed')),
    priority       TEXT    NOT NULL CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    category       TEXT    NOT NULL DEFAULT '',
    mailbox        TEXT    NOT NULL,
    team           TEXT    NOT NULL DEFAULT '',
    assignee       TEXT    NOT NULL DEFAULT '',
    last_agent     TEXT    NOT NULL DEFAULT '',
    requester_name TEXT    NOT NULL DEFAULT '',
    requester      TEXT    NOT NULL DEFAULT '',
    requester_key  TEXT    NOT NULL DEFAULT '',
    language       TEXT    NOT NULL DEFAULT '',
    linked_to      INTEGER REFERENCES tickets (number),
    merged_into    INTEGER REFERENCES tickets (number),
    status_before_merge TEXT,
    history        INTEGER NOT NULL DEFAULT 0,
    opened_at      INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    closed_at      INTEGER,
    -- pending until then, and open again
    snoozed_until  INTEGER
) STRICT;
CREATE INDEX tickets_snoozed ON tickets (snoozed_until) WHERE snoozed_until IS NOT NULL;
CREATE INDEX tickets_by_status ON tickets (status, updated_at);
CREATE INDEX tickets_by_requester ON tickets (requester_key, opened_at);
CREATE INDEX tickets_by_category ON tickets (category, opened_at, requester_key);
CREATE INDEX tickets_by_assignee ON tickets (assignee, number);
CREATE INDEX tickets_by_update ON tickets (updated_at);
CREATE INDEX tickets_by_merge ON tickets (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX tickets_by_link ON tickets (linked_to) WHERE linked_to IS NOT NULL;

CREATE TABLE ticket_tags (
    ticket INTEGER NOT NULL REFERENCES tickets (number),
    tag    TEXT    NOT NULL,
    PRIMARY KEY (ticket, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE participants (
    ticket      INTEGER NOT NULL REFERENCES tickets (number),
    address_key TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    name        TEXT    NOT NULL DEFAULT '',
    -- the ticket whose merge into this one brought them
    brought_by  INTEGER REFERENCES tickets (number),
    PRIMARY KEY (ticket, address_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX participants_by_address ON participants (address_key);

CREATE TABLE messages (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    state          TEXT    NOT NULL CHECK (state IN ('received', 'filed', 'quarantined', 'dropped')),
    direction      TEXT    NOT NULL DEFAULT 'in' CHECK (direction IN ('in', 'out', 'note')),
    mailbox        TEXT    NOT NULL,
    -- the place at the source: one row a place, however often it is fetched
    source         TEXT    NOT NULL,
    uidvalidity    INTEGER NOT NULL DEFAULT 0,
    uid            INTEGER NOT NULL DEFAULT 0,
    raw            INTEGER REFERENCES raw_mails (id),
    size           INTEGER NOT NULL DEFAULT 0,
    -- 0: over the size limit, `raw` holds its headers alone
    whole          INTEGER NOT NULL DEFAULT 1,
    history        INTEGER NOT NULL DEFAULT 0,
    -- what is left to do at the source once the mail is filed
    retire         TEXT    NOT NULL DEFAULT 'none' CHECK (retire IN ('none', 'due', 'done')),
    received_at    INTEGER NOT NULL,
    arrived_at     INTEGER NOT NULL,
    filed_at       INTEGER,
    ticket         INTEGER REFERENCES tickets (number),
    -- the ticket that the mail was for, where that one had been merged
    came_for       INTEGER REFERENCES tickets (number),
    kind           TEXT    NOT NULL DEFAULT '',
    disposition    TEXT    NOT NULL DEFAULT '',
    reason         TEXT    NOT NULL DEFAULT '',
    detail         TEXT    NOT NULL DEFAULT '',
    message_id     TEXT    NOT NULL DEFAULT '',
    content_digest BLOB,
    author_name    TEXT    NOT NULL DEFAULT '',
    author         TEXT    NOT NULL DEFAULT '',
    subject        TEXT    NOT NULL DEFAULT '',
    -- the copy of an answer for the mailbox's Sent folder: wanted, due once a server took the
    -- answer, tried before it is put there
    copy           TEXT    NOT NULL DEFAULT ''
                   CHECK (copy IN ('', 'wanted', 'due', 'tried', 'done', 'given_up')),
    UNIQUE (mailbox, source)
) STRICT;
CREATE INDEX messages_waiting ON messages (id) WHERE state = 'received';
CREATE INDEX messages_quarantined ON messages (id) WHERE state = 'quarantined';
CREATE INDEX messages_to_retire ON messages (mailbox, uidvalidity, uid) WHERE retire = 'due';
CREATE INDEX messages_to_copy ON messages (mailbox, id) WHERE copy IN ('due', 'tried');
CREATE INDEX messages_by_ticket ON messages (ticket, id) WHERE ticket IS NOT NULL;
CREATE INDEX messages_by_message_id ON messages (message_id) WHERE message_id <> '';
CREATE INDEX messages_by_digest ON messages (content_digest, mailbox)
    WHERE content_digest IS NOT NULL;

CREATE TABLE texts (
    message     INTEGER PRIMARY KEY REFERENCES messages (id),
    text        TEXT NOT NULL,
    reply       TEXT NOT NULL,
    -- JSON, as `ticket show` prints them; the bytes are views into the raw mail
    attachments TEXT NOT NULL DEFAULT '[]',
    defects     TEXT NOT NULL DEFAULT '[]',
    refs        TEXT NOT NULL DEFAULT '[]'
) STRICT;

CREATE TABLE events (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket INTEGER NOT NULL REFERENCES tickets (number),
    at     INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    what   TEXT    NOT NULL,
    detail TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX events_by_ticket ON events (ticket, id);

-- OUT: one row a recipient.

CREATE TABLE surveys (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    ticket        INTEGER NOT NULL REFERENCES tickets (number),
    agent         TEXT    NOT NULL DEFAULT '',
    category      TEXT    NOT NULL DEFAULT '',
    mailbox       TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    recipient     TEXT    NOT NULL,
    recipient_key TEXT    NOT NULL,
    -- when it was planned: the ticket was closed at that moment
    planned_at    INTEGER NOT NULL DEFAULT 0,
    due_at        INTEGER NOT NULL,
    asked_at      INTEGER,
    expires_at    INTEGER NOT NULL,
    -- when to see whether a reminder is sent; NULL where there is none, and once that is decided
    remind_at     INTEGER,
    -- the outbox row that reminds: one at most
    reminder      INTEGER,
    -- when rules hear of the last answer, which the page sent by itself; NULL where none waits
    follow_at     INTEGER,
    cancelled     TEXT    NOT NULL DEFAULT '',
    excluded      INTEGER NOT NULL DEFAULT 0,
    excluded_why  TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX surveys_by_ticket ON surveys (ticket);
CREATE INDEX surveys_by_recipient ON surveys (recipient_key, due_at);
CREATE INDEX surveys_by_asked ON surveys (asked_at);
CREATE INDEX surveys_to_remind ON surveys (remind_at)
    WHERE remind_at IS NOT NULL AND asked_at IS NOT NULL;
CREATE INDEX surveys_to_follow ON surveys (follow_at) WHERE follow_at IS NOT NULL;

CREATE TABLE ratings (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    survey  INTEGER NOT NULL REFERENCES surveys (id),
    at      INTEGER NOT NULL,
    score   INTEGER NOT NULL CHECK (score BETWEEN 1 AND 5),
    about   TEXT    NOT NULL DEFAULT '' CHECK (about IN ('', 'agent', 'product', 'waiting')),
    comment TEXT    NOT NULL DEFAULT '',
    -- 'signs': the page sent it by itself after signs of a person
    via     TEXT    NOT NULL CHECK (via IN ('page', 'signs', 'mail')),
    -- why it counts nowhere; empty when it does
    withdrawn TEXT  NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX ratings_by_survey ON ratings (survey, id);

-- what was opened of a survey's page, and when last: a row a kind, nine at most
CREATE TABLE survey_visits (
    survey  INTEGER NOT NULL REFERENCES surveys (id),
    trace   TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (survey, trace)
) STRICT, WITHOUT ROWID;

-- the rules that acted on the answers to a survey: each does so once
CREATE TABLE survey_rules (
    survey       INTEGER NOT NULL REFERENCES surveys (id),
    rule         TEXT    NOT NULL,
    PRIMARY KEY (survey, rule)
) STRICT, WITHOUT ROWID;

-- who was told of a score without a comment, and is told once more when one comes
CREATE TABLE survey_told (
    survey       INTEGER NOT NULL REFERENCES surveys (id),
    address      TEXT    NOT NULL,
    PRIMARY KEY (survey, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    kind            TEXT    NOT NULL
                    CHECK (kind IN ('acknowledgement', 'reply', 'notification', 'survey', 'auto')),
    state           TEXT    NOT NULL
                    CHECK (state IN ('scheduled', 'pending', 'sending', 'sent', 'failed', 'dropped')),
    ticket          INTEGER REFERENCES tickets (number),
    message         INTEGER REFERENCES messages (id),
    survey          INTEGER REFERENCES surveys (id),
    recipient       TEXT    NOT NULL,
    recipient_key   TEXT    NOT NULL,
    -- the domain of an organisation: budgets count by it
    recipient_domain TEXT   NOT NULL DEFAULT '',
    -- the desk had never written to the address before
    is_first        INTEGER NOT NULL DEFAULT 0,
    envelope_from   TEXT    NOT NULL,
    subject         TEXT    NOT NULL,
    message_id      TEXT    NOT NULL,
    raw             INTEGER NOT NULL REFERENCES raw_mails (id),
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at INTEGER NOT NULL,
    -- 1: the customer wrote before it left, and its agent decides
    held            INTEGER NOT NULL DEFAULT 0,
    lease_owner     TEXT    NOT NULL DEFAULT '',
    lease_until     INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT    NOT NULL DEFAULT '',
    why             TEXT    NOT NULL DEFAULT '',
    created_at      INTEGER NOT NULL,
    -- created_at of automatic mail that was not taken back: budgets count it, from the index alone
    counts_at       INTEGER,
    sent_at         INTEGER,
    -- when agents were told that an answer failed for good
    told_at         INTEGER
) STRICT;
CREATE INDEX outbox_untold ON outbox (id)
    WHERE kind = 'reply' AND state = 'failed' AND told_at IS NULL;
CREATE INDEX outbox_due ON outbox (next_attempt_at, id)
    WHERE state IN ('scheduled', 'pending') AND held = 0;
CREATE INDEX outbox_due_surveys ON outbox (next_attempt_at, id)
    WHERE kind = 'survey' AND state IN ('scheduled', 'pending') AND held = 0;
CREATE INDEX outbox_leased ON outbox (lease_until) WHERE state = 'sending';
CREATE INDEX outbox_held ON outbox (id) WHERE held = 1;
CREATE INDEX outbox_failed ON outbox (id) WHERE state = 'failed';
CREATE INDEX outbox_by_ticket ON outbox (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX outbox_by_message ON outbox (message) WHERE message IS NOT NULL;
CREATE INDEX outbox_by_survey ON outbox (survey) WHERE survey IS NOT NULL;
CREATE INDEX outbox_by_message_id ON outbox (message_id);
CREATE INDEX outbox_by_recipient ON outbox (recipient_key, created_at);
CREATE INDEX outbox_counted ON outbox (counts_at) WHERE counts_at IS NOT NULL;
CREATE INDEX outbox_counted_by_domain ON outbox (recipient_domain, is_first, counts_at);
CREATE TRIGGER outbox_is_counted AFTER INSERT ON outbox
WHEN new.kind IN ('acknowledgement', 'auto', 'survey') AND new.state <> 'dropped'
BEGIN
    UPDATE outbox SET counts_at = created_at WHERE id = new.id;
END;
CREATE TRIGGER outbox_counts_again AFTER UPDATE OF state, created_at ON outbox
WHEN new.kind IN ('acknowledgement', 'auto', 'survey')
    AND (old.created_at <> new.created_at OR (old.state = 'dropped') <> (new.state = 'dropped'))
BEGIN
    UPDATE outbox SET counts_at = CASE WHEN state <> 'dropped' THEN created_at END
    WHERE id = new.id;
END;

-- NPS: whether customers would recommend us. Asked of a customer and never about a ticket; apart from
-- surveys and ratings in every way.
CREATE TABLE nps_questions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    recipient     TEXT    NOT NULL,
    recipient_key TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    mailbox       TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    asked_at      INTEGER,
    expires_at    INTEGER NOT NULL,
    outbox        INTEGER REFERENCES outbox (id),
    -- why it was taken back before it left
    withdrawn     TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX nps_questions_by_recipient ON nps_questions (recipient_key, created_at);
CREATE INDEX nps_questions_by_time ON nps_questions (created_at);
CREATE INDEX nps_questions_by_asked ON nps_questions (asked_at);
CREATE INDEX nps_questions_by_outbox ON nps_questions (outbox);
CREATE INDEX nps_questions_waiting ON nps_questions (id) WHERE asked_at IS NULL AND withdrawn = '';

CREATE TABLE nps_answers (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    question INTEGER NOT NULL REFERENCES nps_questions (id),
    at       INTEGER NOT NULL,
    score    INTEGER NOT NULL CHECK (score BETWEEN 0 AND 10),
    comment  TEXT    NOT NULL DEFAULT '',
    via      TEXT    NOT NULL CHECK (via IN ('page', 'mail'))
) STRICT;
CREATE INDEX nps_answers_by_question ON nps_answers (question, id);

-- customers who are not to be asked again
CREATE TABLE nps_refusals (
    address_key TEXT    PRIMARY KEY,
    at          INTEGER NOT NULL,
    how         TEXT    NOT NULL CHECK (how IN ('page', 'one_click', 'mail', 'desk'))
) STRICT;

-- `customer` is an address in lower case, or `@` and a domain
CREATE TABLE customer_tags (
    customer TEXT NOT NULL,
    tag      TEXT NOT NULL,
    PRIMARY KEY (customer, tag)
) STRICT, WITHOUT ROWID;

CREATE TABLE suppressions (
    address_key TEXT    PRIMARY KEY,
    at          INTEGER NOT NULL,
    why         TEXT    NOT NULL
) STRICT;

-- agents whose notifications the hourly limit keeps back
CREATE TABLE held_back (
    address_key TEXT    PRIMARY KEY,
    address     TEXT    NOT NULL,
    -- when they were last told of it
    told_at     INTEGER,
    -- when they are to be told; NULL when nothing is kept back
    due_at      INTEGER
) STRICT;
CREATE INDEX held_back_due ON held_back (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE held_back_tickets (
    address_key TEXT    NOT NULL REFERENCES held_back (address_key),
    ticket      INTEGER NOT NULL REFERENCES tickets (number),
    PRIMARY KEY (address_key, ticket)
) STRICT, WITHOUT ROWID;

-- failures that may pass, since the address last wrote
CREATE TABLE soft_bounces (
    address_key TEXT    PRIMARY KEY,
    count       INTEGER NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

-- OAuth2: the refresh token that counts, stored before it is used
CREATE TABLE consents (
    -- the mailbox, or smtp
    name          TEXT    PRIMARY KEY,
    -- one more with every token
    generation    INTEGER NOT NULL,
    refresh_token TEXT    NOT NULL,
    -- when a person gave it
    given_at      INTEGER NOT NULL,
    renewed_at    INTEGER NOT NULL,
    -- why the provider takes it no more
    ended         TEXT    NOT NULL DEFAULT '',
    -- until when one process alone may use it
    lease_until   INTEGER NOT NULL DEFAULT 0
) STRICT;
