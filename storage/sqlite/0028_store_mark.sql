-- A number that rises while people are pushed to: a store with a lower one than is remembered of it went back.

ALTER TABLE identity ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;
