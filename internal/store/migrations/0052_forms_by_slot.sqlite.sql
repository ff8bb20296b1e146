-- +goose NO TRANSACTION
-- +goose Up

-- A firm has one form for each department that inspects it (decision 0045).
-- SQLite cannot change a table's keys: the table is written anew, with the
-- references to it left as they stand, which works outside a transaction only.
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE inspection_form_new (
	authority_id   TEXT NOT NULL,
	form_id        TEXT NOT NULL,             -- serial number, public: 130132-rs.2022-1.0007
	round_id       TEXT NOT NULL,
	target_id      TEXT NOT NULL,
	no             BIGINT NOT NULL,           -- place in the drawn list, from 1
	code           TEXT NOT NULL,             -- 8 characters on paper and in the QR
	state          TEXT NOT NULL CHECK (state IN ('issued', 'entered', 'returned', 'confirmed')),
	started_on     TEXT NOT NULL,
	ended_on       TEXT NOT NULL,             -- the publication clock starts here
	firm_person    TEXT NOT NULL,             -- never public
	refusal        TEXT NOT NULL,
	summary        TEXT NOT NULL,
	evidence       TEXT NOT NULL,
	team           TEXT NOT NULL,             -- JSON: who carried it out, as they stood at the entry
	entered_by     TEXT NOT NULL,             -- account
	entered_name   TEXT NOT NULL,
	entered_at     BIGINT NOT NULL,
	confirmed_by   TEXT NOT NULL,
	confirmed_name TEXT NOT NULL,
	confirmed_at   BIGINT NOT NULL,           -- 0: not confirmed as it stands
	opinion        TEXT NOT NULL,             -- the reviewer's last words
	changed_name   TEXT NOT NULL,             -- who changed it last, for the second clerk
	changed_at     BIGINT NOT NULL,
	revision       BIGINT NOT NULL,
	slot           TEXT NOT NULL DEFAULT 'main', -- the department whose form it is
	PRIMARY KEY (authority_id, form_id),
	UNIQUE (authority_id, round_id, target_id, slot),
	UNIQUE (authority_id, code),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);
INSERT INTO inspection_form_new (authority_id, form_id, round_id, target_id, no, code, state, started_on, ended_on, firm_person, refusal, summary, evidence, team, entered_by, entered_name, entered_at, confirmed_by, confirmed_name, confirmed_at, opinion, changed_name, changed_at, revision)
SELECT authority_id, form_id, round_id, target_id, no, code, state, started_on, ended_on, firm_person, refusal, summary, evidence, team, entered_by, entered_name, entered_at, confirmed_by, confirmed_name, confirmed_at, opinion, changed_name, changed_at, revision
FROM inspection_form;
DROP TABLE inspection_form;
ALTER TABLE inspection_form_new RENAME TO inspection_form;
CREATE INDEX inspection_form_target ON inspection_form (authority_id, target_id);
ALTER TABLE inspection_point ADD COLUMN slot TEXT NOT NULL DEFAULT ''; -- whose point it is; empty: every department's
COMMIT;
PRAGMA foreign_keys = ON;
