-- +goose Up

-- The front page counts a year's corrected and withdrawn results.
CREATE INDEX disclosure_posting_undone ON disclosure_posting (authority_id, year, state, form_id) WHERE state <> 'published';
