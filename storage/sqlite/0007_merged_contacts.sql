-- Which contact took over a contact, to be found the other way round: erasing a person erases all that they once were.

ALTER TABLE contacts ADD COLUMN merged_into TEXT NOT NULL DEFAULT ''; -- id of the contact
CREATE INDEX merged_contacts ON contacts (bot, merged_into) WHERE merged_into <> '';
