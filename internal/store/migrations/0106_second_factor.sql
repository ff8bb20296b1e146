-- +goose Up

-- The second factor: codes of a telephone (RFC 6238).
CREATE TABLE identity_totp (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	secret       TEXT NOT NULL,               -- base32
	confirmed_at BIGINT NOT NULL,             -- 0: shown, and not yet tried
	last_step    BIGINT NOT NULL,             -- of thirty seconds: a code opens once
	PRIMARY KEY (authority_id, account_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

-- Codes for who has lost the telephone, each for once.
CREATE TABLE identity_recovery (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	code_hash    TEXT NOT NULL,               -- SHA-256 of 80 random bits
	PRIMARY KEY (authority_id, account_id, code_hash),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);
