-- +goose Up

-- What a receiver asks for and no register has: codes of the office, of an
-- item, of a penalty, and the receiver's own codes for our words.
CREATE TABLE exchange_value (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	target       TEXT NOT NULL,               -- receiver
	subject      TEXT NOT NULL,               -- office, item/…, penalty/…, dict/…
	name         TEXT NOT NULL,               -- the fact, or our word
	value        TEXT NOT NULL,
	changed_by   TEXT NOT NULL,
	changed_name TEXT NOT NULL,
	changed_at   BIGINT NOT NULL,
	PRIMARY KEY (authority_id, target, subject, name)
);

-- A batch that was handed over. The file stays as it was made.
CREATE TABLE exchange_batch (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	target       TEXT NOT NULL,
	serial       BIGINT NOT NULL,             -- from 1, without gaps
	number       TEXT NOT NULL,               -- day and serial: cd_batch
	digest       TEXT NOT NULL,               -- over the lines
	file         BYTEA NOT NULL,
	file_digest  TEXT NOT NULL,               -- SHA-256
	made_by      TEXT NOT NULL,
	made_name    TEXT NOT NULL,
	made_at      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, target, serial)
);

CREATE TABLE exchange_line (
	authority_id TEXT NOT NULL,
	target       TEXT NOT NULL,
	serial       BIGINT NOT NULL,
	no           BIGINT NOT NULL,             -- from 1
	part         TEXT NOT NULL,               -- check, penalty
	record_id    TEXT NOT NULL,
	cd_id        TEXT NOT NULL,               -- the record's name at the receiver
	label        TEXT NOT NULL,               -- for the office: whose it is
	href         TEXT NOT NULL,               -- where it is mended
	op           TEXT NOT NULL CHECK (op IN ('i', 'u', 'd')),
	digest       TEXT NOT NULL,               -- without the transfer's own fields
	body         TEXT NOT NULL,               -- cells, JSON
	answer       TEXT NOT NULL CHECK (answer IN ('', 'accepted', 'returned')),
	reason       TEXT NOT NULL,
	answered_at  BIGINT NOT NULL,             -- 0: not yet
	PRIMARY KEY (authority_id, target, serial, no),
	FOREIGN KEY (authority_id, target, serial) REFERENCES exchange_batch (authority_id, target, serial)
);
CREATE INDEX exchange_line_record ON exchange_line (authority_id, target, part, record_id);

CREATE TABLE exchange_receipt (
	authority_id TEXT NOT NULL,
	target       TEXT NOT NULL,
	serial       BIGINT NOT NULL,
	digest       TEXT NOT NULL,               -- of the file, SHA-256
	name         TEXT NOT NULL,
	accepted     BIGINT NOT NULL,
	returned     BIGINT NOT NULL,
	by_id        TEXT NOT NULL,
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, target, serial, digest),
	FOREIGN KEY (authority_id, target, serial) REFERENCES exchange_batch (authority_id, target, serial)
);
