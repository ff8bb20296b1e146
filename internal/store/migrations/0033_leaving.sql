-- +goose Up

-- An officer who leaves while firms wait: all of them at once.
CREATE TABLE staffing_leave (
	authority_id TEXT NOT NULL,
	no           BIGINT NOT NULL,
	officer_id   TEXT NOT NULL,
	reason       TEXT NOT NULL CHECK (reason IN ('left', 'certificate')),
	evidence     TEXT NOT NULL,
	proof        TEXT NOT NULL,               -- digest of the file
	proposed_by  TEXT NOT NULL,
	proposed_at  BIGINT NOT NULL,
	decided_by   TEXT NOT NULL,               -- empty: not decided
	decided_at   BIGINT NOT NULL,
	approved     BOOLEAN NOT NULL,
	PRIMARY KEY (authority_id, no),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE TABLE staffing_leave_firm (
	authority_id TEXT NOT NULL,
	no           BIGINT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	substitution BIGINT NOT NULL,             -- the proposal's number in the round
	outcome      TEXT NOT NULL CHECK (outcome IN ('waiting', 'replaced', 'exhausted', 'refused', 'inspected')),
	PRIMARY KEY (authority_id, no, round_id, target_id),
	FOREIGN KEY (authority_id, no) REFERENCES staffing_leave (authority_id, no),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);
