-- +goose Up

-- Failures in a row of whatever is counted: of an account from one place, of an
-- account, of an address, of a browser, of all strangers together. Rows without
-- a failure for a day are swept out; those of before are let go.
DROP TABLE identity_throttle;
CREATE TABLE throttle (
	authority_id TEXT NOT NULL,
	subject      TEXT NOT NULL,               -- hashed: a name that does not exist may be somebody's password
	failures     BIGINT NOT NULL,
	last_at      BIGINT NOT NULL,
	until        BIGINT NOT NULL,             -- ms, no attempt before; 0: none is waited for
	PRIMARY KEY (authority_id, subject)
);
CREATE INDEX throttle_last ON throttle (authority_id, last_at);
