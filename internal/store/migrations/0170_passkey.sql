-- +goose Up

-- Keys of telephones, computers and tokens (WebAuthn), each of one account.
CREATE TABLE passkey_key (
	authority_id  TEXT NOT NULL,
	account_id    TEXT NOT NULL,
	key_id        TEXT NOT NULL,
	credential_id TEXT NOT NULL,              -- base64url, as the device calls it
	name          TEXT NOT NULL,              -- as its owner calls it
	credential    TEXT NOT NULL,              -- JSON: the public key, the counter, how it is reached
	created_at    BIGINT NOT NULL,
	used_at       BIGINT NOT NULL,            -- 0: not yet
	copied_at     BIGINT NOT NULL,            -- 0: never; else its counter went back then, and it opens nothing any more
	PRIMARY KEY (authority_id, account_id, key_id),
	UNIQUE (authority_id, credential_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

-- What a device is to sign next, one a sign-in and purpose. It is taken out
-- when an answer comes, right or wrong.
CREATE TABLE passkey_challenge (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	signin_id    TEXT NOT NULL,
	purpose      TEXT NOT NULL CHECK (purpose IN ('enrol', 'show')),
	session      TEXT NOT NULL,               -- JSON: the challenge and what was asked for with it
	asked_at     BIGINT NOT NULL,
	PRIMARY KEY (authority_id, account_id, signin_id, purpose),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);
