-- What a copy reads revisions by: those that were pushed, then those that are never live.
CREATE INDEX revision_places ON revisions (bot, iif(number > 0, number, 1000000000 - number));
