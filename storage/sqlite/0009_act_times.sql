-- When the acts of a person, and of staff about them, last lowered and last raised consent, in milliseconds. Such a time
-- may stand beside a membership that no row of the ledger made: its sequence is 0.

ALTER TABLE memberships ADD COLUMN lowered INTEGER;
ALTER TABLE memberships ADD COLUMN raised INTEGER;
ALTER TABLE ledger_batches ADD COLUMN acted_at INTEGER; -- when staff acted, where that is not `at`: a file's upload
ALTER TABLE erased_handles ADD COLUMN lowered INTEGER;  -- what an act of the person must be younger than to count
UPDATE erased_handles SET lowered = CAST(strftime('%s', 'now') AS INTEGER) * 1000;

-- What an event said, so that another one under its id is told from a redelivery; '' where that was not kept.
ALTER TABLE seen_events ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';

CREATE TEMP TABLE batched_times AS
    SELECT each.value AS contact, batch.subject AS subject,
        max(CASE WHEN batch.after IN ('opted_in', 'added') THEN NULL ELSE batch.at END) AS lowered,
        max(CASE WHEN batch.after IN ('opted_in', 'added') THEN batch.at END) AS raised
    FROM ledger_batches AS batch CROSS JOIN json_each(batch.contacts) AS each
    GROUP BY 1, 2;
CREATE UNIQUE INDEX temp.batched_times_by_contact ON batched_times (contact, subject);
UPDATE memberships SET
    lowered = (
        SELECT max(at) FROM (
            SELECT at FROM ledger WHERE ledger.contact = memberships.contact AND ledger.subject = memberships.subject
                AND after NOT IN ('opted_in', 'added')
            UNION ALL SELECT batch.lowered FROM batched_times AS batch
                WHERE batch.contact = memberships.contact AND batch.subject = memberships.subject
        )
    ),
    raised = (
        SELECT max(at) FROM (
            SELECT at FROM ledger WHERE ledger.contact = memberships.contact AND ledger.subject = memberships.subject
                AND after IN ('opted_in', 'added')
            UNION ALL SELECT batch.raised FROM batched_times AS batch
                WHERE batch.contact = memberships.contact AND batch.subject = memberships.subject
        )
    );
DROP TABLE batched_times;

-- `segments.act_time.ActTimes.after` in SQL. A merge is no act: whoever merges brings the times of both along.
DROP TRIGGER ledger_makes_memberships;
CREATE TRIGGER ledger_makes_memberships AFTER INSERT ON ledger
BEGIN
    INSERT INTO memberships (contact, subject, bot, state, sequence, lowered, raised)
    SELECT
        new.contact, new.subject, new.bot, new.after, new.sequence,
        CASE WHEN new.source <> 'merge' AND (
            new.after = 'opted_out' OR (new.after = 'none' AND new.before IN ('opted_in', 'added'))
        ) THEN coalesce(json_extract(new.personal, '$.acted_at'), new.at) END,
        CASE WHEN new.source <> 'merge' AND new.after IN ('opted_in', 'added')
        THEN coalesce(json_extract(new.personal, '$.acted_at'), new.at) END
    WHERE true
    ON CONFLICT (contact, subject) DO UPDATE SET
        state = excluded.state, sequence = excluded.sequence,
        lowered = CASE WHEN excluded.lowered IS NULL THEN lowered ELSE
            max(excluded.lowered, coalesce(lowered, excluded.lowered), coalesce(raised, excluded.lowered)) END,
        raised = CASE WHEN excluded.raised IS NULL THEN raised ELSE
            max(excluded.raised, coalesce(raised, excluded.raised)) END;
END;

DROP TRIGGER batches_make_memberships;
CREATE TRIGGER batches_make_memberships AFTER INSERT ON ledger_batches
BEGIN
    INSERT INTO memberships (contact, subject, bot, state, sequence, lowered, raised)
    SELECT
        each.value, new.subject, new.bot, new.after, new.first + each.key,
        CASE WHEN new.after NOT IN ('opted_in', 'added') THEN coalesce(new.acted_at, new.at) END,
        CASE WHEN new.after IN ('opted_in', 'added') THEN coalesce(new.acted_at, new.at) END
    FROM json_each(new.contacts) AS each
    WHERE true
    ON CONFLICT (contact, subject) DO UPDATE SET
        state = excluded.state, sequence = excluded.sequence,
        lowered = CASE WHEN excluded.lowered IS NULL THEN lowered ELSE
            max(excluded.lowered, coalesce(lowered, excluded.lowered), coalesce(raised, excluded.lowered)) END,
        raised = CASE WHEN excluded.raised IS NULL THEN raised ELSE
            max(excluded.raised, coalesce(raised, excluded.raised)) END;
END;

DROP TRIGGER ledger_batches_keep_their_facts;
CREATE TRIGGER ledger_batches_keep_their_facts BEFORE UPDATE ON ledger_batches
WHEN NOT (
    (
        new.number, new.bot, new.first, new.last, new.subject, new.before, new.after, new.at, new.source, new.actor,
        new.detail, new.contacts, new.lowest, new.highest, new.lines_digest, new.hash, new.acted_at,
        json_array_length(new.lines)
    ) IS (
        old.number, old.bot, old.first, old.last, old.subject, old.before, old.after, old.at, old.source, old.actor,
        old.detail, old.contacts, old.lowest, old.highest, old.lines_digest, old.hash, old.acted_at,
        json_array_length(old.lines)
    )
)
BEGIN
    SELECT RAISE (ABORT, 'the ledger is append-only');
END;
