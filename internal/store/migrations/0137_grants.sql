-- +goose Up

ALTER TABLE identity_role ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0; -- ms; 0: for good

-- Changes of an account's roles: one administrator asks, another decides.
CREATE TABLE identity_grant (
	authority_id TEXT NOT NULL,
	grant_id     TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	roles        TEXT NOT NULL,               -- by commas; all of them, or those added until the end
	last_day     TEXT NOT NULL,               -- on which they hold; empty: for good
	reason       TEXT NOT NULL,
	asked_by     TEXT NOT NULL,
	asked_at     BIGINT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('asked', 'granted', 'refused')),
	decided_by   TEXT NOT NULL,
	decided_at   BIGINT NOT NULL,
	PRIMARY KEY (authority_id, grant_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);
CREATE UNIQUE INDEX identity_grant_open ON identity_grant (authority_id, account_id) WHERE state = 'asked';
