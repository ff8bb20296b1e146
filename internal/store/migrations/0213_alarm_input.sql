-- +goose Up

-- Two more kinds of what somebody is told: a burst of refused input, and a
-- change of settings that the audit log has a record of. The table is made
-- anew, since SQLite cannot change a CHECK.
DROP INDEX alarm_raised_at;
ALTER TABLE alarm_raised RENAME TO alarm_raised_old;

CREATE TABLE alarm_raised (
	authority_id TEXT NOT NULL,
	alarm_id     TEXT NOT NULL,               -- kind and hour, day or number: the same thing is told once
	kind         TEXT NOT NULL CHECK (kind IN ('sign-in', 'machine', 'office', 'audit', 'input', 'change')),
	at           BIGINT NOT NULL,
	number       BIGINT NOT NULL,             -- failures, refusals; of a setting, its no; of the audit log, the number that the ledger has
	within       BIGINT NOT NULL,             -- of failures, refusals: in how many seconds
	PRIMARY KEY (authority_id, alarm_id)
);

INSERT INTO alarm_raised (authority_id, alarm_id, kind, at, number, within)
SELECT authority_id, alarm_id, kind, at, number, within
FROM alarm_raised_old;

DROP TABLE alarm_raised_old;
CREATE INDEX alarm_raised_at ON alarm_raised (authority_id, at);
