-- +goose Up

-- A text is looked for in the index, without opening each result that it does
-- not fit: among the newest, and among those of the firms that it may name.
DROP INDEX disclosure_posting_recent;
CREATE INDEX disclosure_posting_recent ON disclosure_posting (authority_id, posted_at, form_id, search) WHERE current;
DROP INDEX disclosure_posting_target;
CREATE INDEX disclosure_posting_target ON disclosure_posting (authority_id, target_id, current, year, round_id, search);
