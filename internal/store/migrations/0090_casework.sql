-- +goose Up

-- What follows an inspection: each problem, and each result that asks for
-- something, has one thing after another done about it.
CREATE TABLE casework_matter (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	ref          TEXT NOT NULL,               -- number of the finding, or a result code
	no           BIGINT NOT NULL,             -- from 1: a case may follow a rectification
	round_id     TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('rectify', 'case', 'unit', 'department', 'police', 'told', 'settled')),
	state        TEXT NOT NULL,
	ending       TEXT NOT NULL,               -- empty: it goes on
	person       TEXT NOT NULL,               -- account of who is responsible
	person_name  TEXT NOT NULL,
	opened_on    TEXT NOT NULL,
	ended_on     TEXT NOT NULL,
	file         TEXT NOT NULL,               -- JSON: the fields of the kind
	PRIMARY KEY (authority_id, form_id, ref, no),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

-- One at a time.
CREATE UNIQUE INDEX casework_matter_open ON casework_matter (authority_id, form_id, ref) WHERE ending = '';

CREATE TABLE casework_step (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	ref          TEXT NOT NULL,
	step         BIGINT NOT NULL,             -- from 1, over all matters
	no           BIGINT NOT NULL,             -- of the matter
	act          TEXT NOT NULL,
	text         TEXT NOT NULL,
	day          TEXT NOT NULL,               -- on which it happened
	by_id        TEXT NOT NULL,               -- account; empty: the firm
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, form_id, ref, step),
	FOREIGN KEY (authority_id, form_id, ref, no) REFERENCES casework_matter (authority_id, form_id, ref, no)
);

-- What the firm sent to show that it has put things right.
CREATE TABLE casework_paper (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	ref          TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256 of the file
	name         TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('pdf', 'jpg', 'png')),
	size         BIGINT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, form_id, ref, digest),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE TABLE casework_penalty (
	authority_id TEXT NOT NULL,
	number       TEXT NOT NULL,               -- 文书号
	form_id      TEXT NOT NULL,
	ref          TEXT NOT NULL,
	no           BIGINT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('drafted', 'checked', 'revoked')),
	decided_on   TEXT NOT NULL,
	fact         TEXT NOT NULL,
	basis        TEXT NOT NULL,
	kinds        TEXT NOT NULL,               -- 警告、罚款…
	amount       BIGINT NOT NULL,             -- fen; 0: none
	class        TEXT NOT NULL CHECK (class IN ('light', 'general', 'serious')),
	months       BIGINT NOT NULL,             -- of publication; 0: not published
	begins_on    TEXT NOT NULL,               -- empty: not checked, or not published
	ends_on      TEXT NOT NULL,
	drafted_by   TEXT NOT NULL,
	drafted_name TEXT NOT NULL,
	checked_name TEXT NOT NULL,
	checked_at   BIGINT NOT NULL,
	revoked_on   TEXT NOT NULL,
	revoked_name TEXT NOT NULL,
	reason       TEXT NOT NULL,               -- of the revocation
	PRIMARY KEY (authority_id, number),
	UNIQUE (authority_id, form_id, ref, no),
	FOREIGN KEY (authority_id, form_id, ref, no) REFERENCES casework_matter (authority_id, form_id, ref, no)
);
