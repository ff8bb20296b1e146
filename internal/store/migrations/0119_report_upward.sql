-- +goose Up

-- What was reported upward, week by week or month by month, with its receipt.
CREATE TABLE report_upward (
	authority_id  TEXT NOT NULL REFERENCES identity_authority,
	no            BIGINT NOT NULL,             -- from 1
	kind          TEXT NOT NULL CHECK (kind IN ('week', 'month')),
	from_on       TEXT NOT NULL,
	to_on         TEXT NOT NULL,
	content       TEXT NOT NULL,               -- JSON, as it was counted
	digest        TEXT NOT NULL,
	made_name     TEXT NOT NULL,
	made_at       BIGINT NOT NULL,
	to_unit       TEXT NOT NULL,               -- empty: not sent
	number        TEXT NOT NULL,               -- the letter's
	sent_on       TEXT NOT NULL,
	sent_name     TEXT NOT NULL,
	receipt       TEXT NOT NULL,               -- its number, or who signed; empty: none yet
	received_on   TEXT NOT NULL,
	received_name TEXT NOT NULL,               -- who entered it
	PRIMARY KEY (authority_id, no),
	UNIQUE (authority_id, kind, from_on)
);

-- Questions to the superior department (请示汇报, 1.49) and their answers.
CREATE TABLE report_question (
	authority_id  TEXT NOT NULL REFERENCES identity_authority,
	no            BIGINT NOT NULL,             -- from 1
	title         TEXT NOT NULL,
	words         TEXT NOT NULL,
	asked_name    TEXT NOT NULL,
	asked_at      BIGINT NOT NULL,
	to_unit       TEXT NOT NULL,               -- empty: not sent
	number        TEXT NOT NULL,
	sent_on       TEXT NOT NULL,
	sent_name     TEXT NOT NULL,
	answer        TEXT NOT NULL,               -- empty: none yet
	answer_number TEXT NOT NULL,
	answered_on   TEXT NOT NULL,
	answered_name TEXT NOT NULL,               -- who entered it
	PRIMARY KEY (authority_id, no)
);
