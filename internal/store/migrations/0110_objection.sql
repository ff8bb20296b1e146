-- +goose Up

-- Objections to what was published, and what became of them. That one was
-- received and how it was answered stands in the ledger.
CREATE TABLE disclosure_objection (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	objection_id TEXT NOT NULL,               -- the record's, and which of its objections
	kind         TEXT NOT NULL CHECK (kind IN ('result', 'penalty')),
	record_id    TEXT NOT NULL,
	version      BIGINT NOT NULL,             -- that was public then
	firm         TEXT NOT NULL,               -- for the office; never public from here
	paper        BOOLEAN NOT NULL,            -- handed in on paper, entered by the office
	words        TEXT NOT NULL,               -- never public
	contact      TEXT NOT NULL,               -- never public
	received_on  TEXT NOT NULL,
	made_at      BIGINT NOT NULL,
	made_by      TEXT NOT NULL,               -- account; empty: the firm
	state        TEXT NOT NULL CHECK (state IN ('open', 'kept', 'mending', 'corrected', 'withdrawn')),
	answer       TEXT NOT NULL,               -- public
	answered_by  TEXT NOT NULL,
	answered_at  BIGINT NOT NULL,             -- 0: not yet
	settled_at   BIGINT NOT NULL,             -- 0: nothing has been changed
	PRIMARY KEY (authority_id, objection_id)
);
CREATE INDEX disclosure_objection_record ON disclosure_objection (authority_id, record_id);
CREATE UNIQUE INDEX disclosure_objection_open ON disclosure_objection (authority_id, record_id) WHERE state IN ('open', 'mending');
