-- +goose Up

-- An import is a job that can be left alone, stopped, taken up again and
-- undone. A CHECK cannot be widened in place: the two tables are made anew.
ALTER TABLE intake_issue RENAME TO intake_issue_old;
ALTER TABLE intake_import RENAME TO intake_import_old;

CREATE TABLE intake_import (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	list         TEXT NOT NULL CHECK (list IN ('targets', 'officers', 'items')),
	file_name    TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256 of the file
	state        TEXT NOT NULL CHECK (state IN ('reading', 'matching', 'checked', 'writing', 'written', 'undone', 'dropped', 'refused')),
	sentence     TEXT NOT NULL,               -- why it is refused, or what happened on the way
	head_row     BIGINT NOT NULL,             -- the row of the headings as a person named it; 0: found
	fields       TEXT NOT NULL,               -- JSON: what each column holds as a person said it; empty: found
	columns      TEXT NOT NULL,               -- JSON: each heading and what became of it
	sample       TEXT NOT NULL,               -- JSON: the first rows, while nobody knows the headings
	notes        TEXT NOT NULL,               -- JSON: sentences on the file as a whole
	follows      TEXT NOT NULL,               -- the import whose rows it repairs; empty: none
	done         BIGINT NOT NULL,             -- rows that the work under way has counted
	worker       TEXT NOT NULL,               -- the process that works on it
	lease        BIGINT NOT NULL,             -- until when the others leave it to that process, ms
	total        BIGINT NOT NULL,
	accepted     BIGINT NOT NULL,             -- rows that can be written, warned ones among them
	warned       BIGINT NOT NULL,
	rejected     BIGINT NOT NULL,
	merged       BIGINT NOT NULL,             -- of the accepted: said the same as a row above
	added        BIGINT NOT NULL,
	changed      BIGINT NOT NULL,
	unchanged    BIGINT NOT NULL,
	unlisted     BIGINT NOT NULL,             -- issues beyond those that are kept
	version      BIGINT NOT NULL,             -- the register's version after it; 0: not written or nothing changed
	checked_by   TEXT NOT NULL,               -- account
	checked_name TEXT NOT NULL,
	checked_at   BIGINT NOT NULL,
	written_name TEXT NOT NULL,
	written_at   BIGINT NOT NULL,
	undone_name  TEXT NOT NULL,
	undone_at    BIGINT NOT NULL,
	PRIMARY KEY (authority_id, import_id)
);

INSERT INTO intake_import
SELECT authority_id, import_id, list, file_name, digest, state, '', 0, '', columns, '', '', '', 0, '', 0, total, accepted, warned, rejected,
	merged, added, changed, unchanged, unlisted, version, checked_by, checked_name, checked_at, written_name, written_at, '', 0
FROM intake_import_old;

CREATE INDEX intake_import_work ON intake_import (authority_id, lease) WHERE state IN ('reading', 'writing');

CREATE TABLE intake_issue (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	no           BIGINT NOT NULL,
	line         BIGINT NOT NULL,             -- row of the file as the user sees it, from 1
	cell         BIGINT NOT NULL,             -- column of the file, from 0; -1: the row as a whole
	col          TEXT NOT NULL,               -- column heading
	rule         TEXT NOT NULL,
	severity     TEXT NOT NULL CHECK (severity IN ('warn', 'reject')),
	value        TEXT NOT NULL,
	sentence     TEXT NOT NULL,
	PRIMARY KEY (authority_id, import_id, no),
	FOREIGN KEY (authority_id, import_id) REFERENCES intake_import (authority_id, import_id)
);

INSERT INTO intake_issue
SELECT authority_id, import_id, no, line, -1, col, rule, severity, value, sentence
FROM intake_issue_old;

DROP TABLE intake_issue_old;
DROP TABLE intake_import_old;

CREATE TABLE intake_mapping (
	authority_id TEXT NOT NULL,
	list         TEXT NOT NULL,
	shape        TEXT NOT NULL,               -- SHA-256 of the headings
	account_id   TEXT NOT NULL,               -- who said so
	fields       TEXT NOT NULL,               -- JSON: what each column holds
	head_row     BIGINT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, list, shape, account_id)
);

CREATE TABLE intake_before (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	record_id    TEXT NOT NULL,
	content      TEXT NOT NULL,               -- JSON: the record as it stood before the import changed it
	PRIMARY KEY (authority_id, import_id, record_id),
	FOREIGN KEY (authority_id, import_id) REFERENCES intake_import (authority_id, import_id)
);
