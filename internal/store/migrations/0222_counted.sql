-- +goose Up

-- The year's report tells without reading them which results of a round were
-- published in time.
DROP INDEX disclosure_posting_round;
CREATE INDEX disclosure_posting_round ON disclosure_posting (authority_id, round_id, version, target_id, due_on, posted_at);
