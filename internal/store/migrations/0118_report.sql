-- +goose Up

-- Summaries of a round or a year: drafted from the records, completed by
-- people, approved, kept. An approved one is never changed.
CREATE TABLE report_summary (
	authority_id   TEXT NOT NULL REFERENCES identity_authority,
	kind           TEXT NOT NULL CHECK (kind IN ('round', 'year')),
	subject        TEXT NOT NULL,               -- the round's id, or the year
	no             BIGINT NOT NULL,             -- from 1; a further one may follow an approved one
	state          TEXT NOT NULL CHECK (state IN ('drafted', 'submitted', 'approved')),
	content        TEXT NOT NULL,               -- JSON: numbers as they were counted, people's words
	digest         TEXT NOT NULL,               -- of the content; empty: not submitted
	revision       BIGINT NOT NULL,
	changed_name   TEXT NOT NULL,
	changed_at     BIGINT NOT NULL,
	submitted_by   TEXT NOT NULL,
	submitted_name TEXT NOT NULL,
	submitted_at   BIGINT NOT NULL,
	decided_name   TEXT NOT NULL,
	decided_at     BIGINT NOT NULL,
	opinion        TEXT NOT NULL,
	PRIMARY KEY (authority_id, kind, subject, no)
);
CREATE UNIQUE INDEX report_summary_open ON report_summary (authority_id, kind, subject) WHERE state <> 'approved';
