-- +goose Up

-- register: the states that records had before -----------------------------------
--
-- A change lays the state that ends aside, whole; a record that never changed
-- has no row here. since is the first day of a state, until the day on which
-- the next one begins.

ALTER TABLE register_target ADD COLUMN since TEXT NOT NULL DEFAULT '';
ALTER TABLE register_officer ADD COLUMN since TEXT NOT NULL DEFAULT '';
ALTER TABLE register_item ADD COLUMN since TEXT NOT NULL DEFAULT '';

CREATE INDEX register_target_since ON register_target (authority_id, since);

ALTER TABLE register_version ADD COLUMN effective TEXT NOT NULL DEFAULT '';
ALTER TABLE register_version ADD COLUMN source TEXT NOT NULL DEFAULT '';

CREATE TABLE register_target_past (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	code         TEXT NOT NULL,
	code_kind    TEXT NOT NULL,
	name         TEXT NOT NULL,
	kind         TEXT NOT NULL,
	state        TEXT NOT NULL,
	established  TEXT NOT NULL,
	area_code    TEXT NOT NULL,
	area_name    TEXT NOT NULL,
	address      TEXT NOT NULL,
	work_address TEXT NOT NULL,
	industry     TEXT NOT NULL,
	scope        TEXT NOT NULL,
	contact      TEXT NOT NULL,
	phone        TEXT NOT NULL,
	source       TEXT NOT NULL,
	tags         TEXT NOT NULL,
	active       BOOLEAN NOT NULL,
	reason       TEXT NOT NULL,
	version      BIGINT NOT NULL,             -- that began the state
	since        TEXT NOT NULL,
	digest       BYTEA NOT NULL,
	until        TEXT NOT NULL,
	until_version BIGINT NOT NULL,            -- that ended it
	PRIMARY KEY (authority_id, target_id, version),
	FOREIGN KEY (authority_id, target_id) REFERENCES register_target (authority_id, target_id)
);

CREATE INDEX register_target_past_since ON register_target_past (authority_id, since);
CREATE INDEX register_target_past_until ON register_target_past (authority_id, until);

CREATE TABLE register_officer_past (
	authority_id TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	cert_no      TEXT NOT NULL,
	cert_kind    TEXT NOT NULL,
	cert_until   TEXT NOT NULL,
	name         TEXT NOT NULL,
	unit         TEXT NOT NULL,
	post         TEXT NOT NULL,
	phone        TEXT NOT NULL,
	fields       TEXT NOT NULL,
	active       BOOLEAN NOT NULL,
	reason       TEXT NOT NULL,
	version      BIGINT NOT NULL,
	since        TEXT NOT NULL,
	search       TEXT NOT NULL,
	digest       BYTEA NOT NULL,
	until        TEXT NOT NULL,
	until_version BIGINT NOT NULL,
	PRIMARY KEY (authority_id, officer_id, version),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE TABLE register_item_past (
	authority_id TEXT NOT NULL,
	item_id      TEXT NOT NULL,
	code         TEXT NOT NULL,
	category     TEXT NOT NULL,
	name         TEXT NOT NULL,
	sub          TEXT NOT NULL,
	subject      TEXT NOT NULL,
	level        TEXT NOT NULL,
	method       TEXT NOT NULL,
	ratio        TEXT NOT NULL,
	frequency    TEXT NOT NULL,
	body         TEXT NOT NULL,
	basis        TEXT NOT NULL,
	staff        TEXT NOT NULL,
	note         TEXT NOT NULL,
	published_on TEXT NOT NULL,
	place        BIGINT NOT NULL,
	active       BOOLEAN NOT NULL,
	reason       TEXT NOT NULL,
	version      BIGINT NOT NULL,
	since        TEXT NOT NULL,
	search       TEXT NOT NULL,
	digest       BYTEA NOT NULL,
	until        TEXT NOT NULL,
	until_version BIGINT NOT NULL,
	PRIMARY KEY (authority_id, item_id, version),
	FOREIGN KEY (authority_id, item_id) REFERENCES register_item (authority_id, item_id)
);

CREATE TABLE register_item_past_point (
	authority_id TEXT NOT NULL,
	item_id      TEXT NOT NULL,
	version      BIGINT NOT NULL,
	no           BIGINT NOT NULL,
	text         TEXT NOT NULL,
	basis        TEXT NOT NULL,
	PRIMARY KEY (authority_id, item_id, version, no),
	FOREIGN KEY (authority_id, item_id, version) REFERENCES register_item_past (authority_id, item_id, version)
);
