-- +goose Up

-- From which day the changes of an import hold; empty: the day it is written.
ALTER TABLE intake_import ADD COLUMN effective TEXT NOT NULL DEFAULT '';
-- The last day on which one of the records that it changes became what it is.
ALTER TABLE intake_import ADD COLUMN not_before TEXT NOT NULL DEFAULT '';
