-- Numbers of recorded turns are never used twice, not even after all were forgotten: a position holds for good.

CREATE TABLE numbered_journal (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversations (number),
    turn         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    record       BLOB NOT NULL
) STRICT;
INSERT INTO numbered_journal SELECT number, conversation, turn, at, record FROM journal ORDER BY number;
DROP TABLE journal;
ALTER TABLE numbered_journal RENAME TO journal;
CREATE INDEX journal_of_conversation ON journal (conversation);
