-- +goose Up

-- Where each account is signed in, for its owner to see and to end. Rows that
-- no session holds any more are swept out when the owner signs in again.
CREATE TABLE identity_signin (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	signin_id    TEXT NOT NULL,
	epoch        BIGINT NOT NULL,             -- of the account, as its session has it
	started_at   BIGINT NOT NULL,
	seen_at      BIGINT NOT NULL,             -- to the minute
	address      TEXT NOT NULL,
	browser      TEXT NOT NULL,               -- in words, e.g. Chrome 78 · Windows
	PRIMARY KEY (authority_id, account_id, signin_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);
