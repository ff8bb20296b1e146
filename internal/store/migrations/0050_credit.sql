-- +goose Up

-- credit: gradings side by side, what happened to a firm, proposals, policies --

CREATE TABLE credit_scheme (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	scheme_id    TEXT NOT NULL,               -- identifier
	name         TEXT NOT NULL,
	issuer       TEXT NOT NULL,               -- who grades
	basis        TEXT NOT NULL,               -- the document that the grading rests on
	prefix       TEXT NOT NULL,               -- of the register's tags: 信用风险 makes 信用风险D
	grades       TEXT NOT NULL,               -- a line a grade, the best first: grade TAB meaning
	enterprises  BOOLEAN NOT NULL,            -- grades enterprises only
	own          BOOLEAN NOT NULL,            -- worked out here, by proposals (1.45)
	version      BIGINT NOT NULL,             -- of its grades; 0: none yet
	PRIMARY KEY (authority_id, scheme_id)
);

CREATE TABLE credit_version (
	authority_id TEXT NOT NULL,
	scheme_id    TEXT NOT NULL,
	version      BIGINT NOT NULL,
	data_on      TEXT NOT NULL,               -- the day that the grades describe
	source       TEXT NOT NULL,               -- the file, or 评价建议
	graded       BIGINT NOT NULL,             -- firms in force with a grade after it
	changed      BIGINT NOT NULL,             -- firms that got another grade, or their first
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, scheme_id, version),
	FOREIGN KEY (authority_id, scheme_id) REFERENCES credit_scheme
);

CREATE TABLE credit_grade (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	scheme_id    TEXT NOT NULL,
	version      BIGINT NOT NULL,             -- that gave it
	grade        TEXT NOT NULL,
	data_on      TEXT NOT NULL,
	current      BOOLEAN NOT NULL,
	PRIMARY KEY (authority_id, target_id, scheme_id, version),
	FOREIGN KEY (authority_id, scheme_id, version) REFERENCES credit_version
);
CREATE INDEX credit_grade_current ON credit_grade (authority_id, scheme_id, grade, target_id) WHERE current;

CREATE TABLE credit_import (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	scheme_id    TEXT NOT NULL,
	file_name    TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256 of the file
	data_on      TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('checked', 'written', 'dropped')),
	total        BIGINT NOT NULL,
	accepted     BIGINT NOT NULL,
	version      BIGINT NOT NULL,             -- that it made; 0: none
	changed      BIGINT NOT NULL,
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, import_id),
	FOREIGN KEY (authority_id, scheme_id) REFERENCES credit_scheme
);

CREATE TABLE credit_import_row (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	line         BIGINT NOT NULL,             -- of the file, from 1
	code         TEXT NOT NULL,               -- as given
	target_id    TEXT NOT NULL,
	grade        TEXT NOT NULL,
	problem      TEXT NOT NULL,               -- empty: accepted
	PRIMARY KEY (authority_id, import_id, line),
	FOREIGN KEY (authority_id, import_id) REFERENCES credit_import ON DELETE CASCADE
);

CREATE TABLE credit_fact (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	fact_id      TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	kind         TEXT NOT NULL,
	happened_on  TEXT NOT NULL,
	text         TEXT NOT NULL,
	source       TEXT NOT NULL,               -- number of the file or form that shows it
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	revoked      TEXT NOT NULL,               -- why it no longer counts; empty: it counts
	PRIMARY KEY (authority_id, fact_id),
	UNIQUE (authority_id, target_id, kind, source)
);
CREATE INDEX credit_fact_day ON credit_fact (authority_id, happened_on, target_id);

CREATE TABLE credit_rule (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	tag          TEXT NOT NULL,
	kinds        TEXT NOT NULL,               -- of facts, a line each
	months       BIGINT NOT NULL,
	least        BIGINT NOT NULL,
	PRIMARY KEY (authority_id, tag)
);

CREATE TABLE credit_proposal (
	authority_id  TEXT NOT NULL,
	proposal_id   TEXT NOT NULL,
	scheme_id     TEXT NOT NULL,
	target_id     TEXT NOT NULL,
	year          BIGINT NOT NULL,
	old_grade     TEXT NOT NULL,              -- empty: none yet
	grade         TEXT NOT NULL,
	rule          TEXT NOT NULL,              -- that fired
	state         TEXT NOT NULL CHECK (state IN ('proposed', 'confirmed', 'told', 'objected', 'settled', 'effective', 'rejected')),
	proposed_by   TEXT NOT NULL,
	proposed_name TEXT NOT NULL,
	proposed_at   BIGINT NOT NULL,
	reviewed_by   TEXT NOT NULL,
	reviewed_name TEXT NOT NULL,
	opinion       TEXT NOT NULL,
	told_on       TEXT NOT NULL,
	told_how      TEXT NOT NULL,
	object_until  TEXT NOT NULL,
	objection     TEXT NOT NULL,
	objected_on   TEXT NOT NULL,
	decision      TEXT NOT NULL,
	decided_name  TEXT NOT NULL,
	effective_on  TEXT NOT NULL,
	revision      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, proposal_id),
	FOREIGN KEY (authority_id, scheme_id) REFERENCES credit_scheme
);
CREATE UNIQUE INDEX credit_proposal_open ON credit_proposal (authority_id, scheme_id, target_id, year) WHERE state <> 'rejected';
CREATE INDEX credit_proposal_state ON credit_proposal (authority_id, state, grade);

CREATE TABLE credit_evidence (
	authority_id TEXT NOT NULL,
	proposal_id  TEXT NOT NULL,
	fact_id      TEXT NOT NULL,
	PRIMARY KEY (authority_id, proposal_id, fact_id),
	FOREIGN KEY (authority_id, proposal_id) REFERENCES credit_proposal ON DELETE CASCADE,
	FOREIGN KEY (authority_id, fact_id) REFERENCES credit_fact
);

CREATE TABLE credit_policy (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	policy_id    TEXT NOT NULL,
	name         TEXT NOT NULL,
	basis        TEXT NOT NULL,
	rules        TEXT NOT NULL,               -- JSON: strata and tickets
	revision     BIGINT NOT NULL,
	saved_name   TEXT NOT NULL,
	saved_at     BIGINT NOT NULL,
	PRIMARY KEY (authority_id, policy_id)
);
