-- +goose Up

-- Who was chosen by hand when no reserve was left: not random, for ever.
ALTER TABLE round_substitution ADD COLUMN by_hand TEXT NOT NULL DEFAULT ''; -- the officer proposed by hand; empty: the next reserve comes
ALTER TABLE round_officer ADD COLUMN by_hand BOOLEAN NOT NULL DEFAULT FALSE;
