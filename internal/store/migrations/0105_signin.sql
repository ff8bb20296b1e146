-- +goose Up

-- How people sign in: chosen by the authority (reliability.md, finding 9).
CREATE TABLE identity_rules (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	part         TEXT NOT NULL CHECK (part = 'signin'),
	passwords    TEXT NOT NULL CHECK (passwords IN ('dengbao', 'modern')),
	second       TEXT NOT NULL,               -- roles that need a second factor, by commas
	PRIMARY KEY (authority_id, part)
);

ALTER TABLE identity_account ADD COLUMN must_change BOOLEAN NOT NULL DEFAULT FALSE; -- the password was given by an administrator
ALTER TABLE identity_account ADD COLUMN changed_at BIGINT NOT NULL DEFAULT 0;       -- the password; 0: when the account was made
ALTER TABLE identity_account ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;            -- sessions of an earlier one have ended
ALTER TABLE identity_account DROP COLUMN failures;
ALTER TABLE identity_account DROP COLUMN locked_until;

-- Passwords that were used before, for the profile that forbids them.
CREATE TABLE identity_password (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	no           BIGINT NOT NULL,
	password     TEXT NOT NULL,               -- argon2id, PHC string
	PRIMARY KEY (authority_id, account_id, no),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

-- Failures in a row: of an account from one place, of an account, of an
-- address, of a device. Rows without a failure for a day are swept out.
CREATE TABLE identity_throttle (
	authority_id TEXT NOT NULL,
	subject      TEXT NOT NULL,               -- hashed: a name that does not exist may be somebody's password
	failures     BIGINT NOT NULL,
	last_at      BIGINT NOT NULL,
	until        BIGINT NOT NULL,             -- ms, no attempt before; 0: none is waited for
	PRIMARY KEY (authority_id, subject)
);
CREATE INDEX identity_throttle_last ON identity_throttle (authority_id, last_at);

-- Browsers from which somebody has signed in before: strangers' failures do
-- not keep them out.
CREATE TABLE identity_device (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	device_hash  TEXT NOT NULL,               -- SHA-256 of the cookie
	seen_at      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, account_id, device_hash),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);
