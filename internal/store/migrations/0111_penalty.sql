-- +goose Up

-- What the public reads of penalties, in versions. Those that are not public
-- any more are emptied; dates, digests and the reason stay.
CREATE TABLE disclosure_penalty (
	authority_id TEXT NOT NULL,
	penalty_id   TEXT NOT NULL,               -- the form's, and which of its penalties: its address for ever
	version      BIGINT NOT NULL,
	number       TEXT NOT NULL,               -- of the decision
	form_id      TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('published', 'withdrawn', 'revoked', 'ended', 'repaired')),
	current      BOOLEAN NOT NULL,            -- public, until its term ends
	firm_name    TEXT NOT NULL,               -- empty once it is not public
	firm_code    TEXT NOT NULL,
	search       TEXT NOT NULL,
	record       TEXT NOT NULL,               -- canonical JSON; empty once it is not public
	salt         TEXT NOT NULL,
	digest       TEXT NOT NULL,
	reason       TEXT NOT NULL,
	class        TEXT NOT NULL CHECK (class IN ('light', 'general', 'serious')),
	from_on      TEXT NOT NULL,               -- its term
	until_on     TEXT NOT NULL,               -- the last day
	posted_at    BIGINT NOT NULL,
	posted_by    TEXT NOT NULL,
	PRIMARY KEY (authority_id, penalty_id, version),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);
CREATE INDEX disclosure_penalty_number ON disclosure_penalty (authority_id, number);
CREATE INDEX disclosure_penalty_current ON disclosure_penalty (authority_id, until_on) WHERE current;

-- Applications for an earlier end (信用修复), each decided by another hand.
CREATE TABLE disclosure_repair (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	repair_id    TEXT NOT NULL,
	penalty_id   TEXT NOT NULL,
	applied_on   TEXT NOT NULL,
	words        TEXT NOT NULL,               -- what was mended; never public
	made_at      BIGINT NOT NULL,
	made_by      TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('open', 'granted', 'refused')),
	answer       TEXT NOT NULL,
	decided_by   TEXT NOT NULL,
	decided_at   BIGINT NOT NULL,             -- 0: not yet
	PRIMARY KEY (authority_id, repair_id)
);
CREATE UNIQUE INDEX disclosure_repair_open ON disclosure_repair (authority_id, penalty_id) WHERE state = 'open';
