-- +goose Up

-- Accounts that came as a file, to be looked at before they are made.
CREATE TABLE identity_batch (
	authority_id TEXT NOT NULL,
	batch_id     TEXT NOT NULL,
	file_name    TEXT NOT NULL,
	uploaded_by  TEXT NOT NULL,
	uploaded_at  BIGINT NOT NULL,
	rows         TEXT NOT NULL,               -- JSON: what was read, row by row
	state        TEXT NOT NULL CHECK (state IN ('checked', 'written')),
	PRIMARY KEY (authority_id, batch_id)
);
