-- +goose Up

CREATE TABLE proof_file (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	digest       TEXT NOT NULL,               -- SHA-256 of the file, and its name in the directory
	name         TEXT NOT NULL,               -- as it was uploaded
	kind         TEXT NOT NULL CHECK (kind IN ('pdf', 'jpg', 'png')),
	size         BIGINT NOT NULL,
	kept_by      TEXT NOT NULL,
	kept_at      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, digest)
);

-- The file that shows the reason. Its digest stands in the ledger salted with
-- a salt of its own, which is never published. Empty: none was asked for.
ALTER TABLE round_removal ADD COLUMN proof TEXT NOT NULL DEFAULT '';
ALTER TABLE round_removal ADD COLUMN proof_salt TEXT NOT NULL DEFAULT '';
ALTER TABLE round_substitution ADD COLUMN proof TEXT NOT NULL DEFAULT '';
ALTER TABLE round_substitution ADD COLUMN proof_salt TEXT NOT NULL DEFAULT '';
