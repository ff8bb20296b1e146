-- +goose Up

-- What the security of an installation hangs on, as it stood from a time on.
-- The ledger has the digest of each.
CREATE TABLE alarm_setting (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	part         TEXT NOT NULL CHECK (part IN ('machine', 'office')),
	no           BIGINT NOT NULL,             -- 1, 2, 3, … in each part
	at           BIGINT NOT NULL,
	settings     TEXT NOT NULL,               -- canonical JSON: name to value; no password, no key
	salt         TEXT NOT NULL,               -- hex: what was set could be guessed
	digest       TEXT NOT NULL,
	PRIMARY KEY (authority_id, part, no)
);

-- What somebody had to be told of at once. The ledger has each.
CREATE TABLE alarm_raised (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	alarm_id     TEXT NOT NULL,               -- kind and hour, day or number: the same thing is told once
	kind         TEXT NOT NULL CHECK (kind IN ('sign-in', 'machine', 'office', 'audit')),
	at           BIGINT NOT NULL,
	number       BIGINT NOT NULL,             -- failures; of a setting, its no; of the audit log, the number that the ledger has
	within       BIGINT NOT NULL,             -- of failures: in how many seconds
	PRIMARY KEY (authority_id, alarm_id)
);
CREATE INDEX alarm_raised_at ON alarm_raised (authority_id, at);
