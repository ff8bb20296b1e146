-- +goose Up

-- Tokens by which other programs act for an account.
CREATE TABLE token (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	token_id     TEXT NOT NULL,
	name         TEXT NOT NULL,
	account_id   TEXT NOT NULL,               -- for whom it acts
	role         TEXT NOT NULL,               -- one of that account's
	scopes       TEXT NOT NULL,               -- a scope a line
	expires_on   TEXT NOT NULL,               -- last day
	granted_by   TEXT NOT NULL,
	granted_name TEXT NOT NULL,
	granted_at   BIGINT NOT NULL,
	secret_hash  TEXT NOT NULL,               -- SHA-256; empty: not collected yet
	collected_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,             -- to the minute; 0: never
	revoked_name TEXT NOT NULL,
	revoked_at   BIGINT NOT NULL,             -- 0: not revoked
	PRIMARY KEY (authority_id, token_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

-- What a token was answered under an Idempotency-Key.
CREATE TABLE token_answer (
	authority_id TEXT NOT NULL,
	token_id     TEXT NOT NULL,
	request_key  TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- of the request
	status       BIGINT NOT NULL,             -- 0: under way
	head         TEXT NOT NULL,               -- JSON
	body         BYTEA NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, token_id, request_key),
	FOREIGN KEY (authority_id, token_id) REFERENCES token (authority_id, token_id)
);
