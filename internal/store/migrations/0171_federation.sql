-- +goose Up

-- Who an account is at the office's identity provider (OpenID Connect): one
-- subject an account, linked by its owner or by an administrator.
CREATE TABLE federation_link (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	issuer       TEXT NOT NULL,               -- the provider's address, as it signs
	subject      TEXT NOT NULL,               -- as the provider calls the person, never an e-mail
	linked_at    BIGINT NOT NULL,
	linked_by    TEXT NOT NULL,               -- an account
	PRIMARY KEY (authority_id, account_id),
	UNIQUE (authority_id, issuer, subject),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);
