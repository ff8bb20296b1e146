-- +goose Up

-- What firms say of visits. A rating bears neither form nor firm nor hour: the
-- ballot is a keyed hash that only lets the same code rate once.
CREATE TABLE feedback_rating (
	authority_id TEXT NOT NULL,
	ballot       TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	answers      TEXT NOT NULL,               -- y or n for each of the questions, in their order
	words        TEXT NOT NULL,
	PRIMARY KEY (authority_id, ballot)
);

CREATE INDEX feedback_rating_round ON feedback_rating (authority_id, round_id);

CREATE TABLE feedback_complaint (
	authority_id TEXT NOT NULL,
	ticket       TEXT NOT NULL,               -- what the firm looks the state up with
	form_id      TEXT NOT NULL,
	words        TEXT NOT NULL,
	contact      TEXT NOT NULL,               -- empty: without a name
	made_at      BIGINT NOT NULL,
	due_on       TEXT NOT NULL,
	answer       TEXT NOT NULL,
	answered_by  TEXT NOT NULL,
	answered_at  BIGINT NOT NULL,             -- 0: not yet
	PRIMARY KEY (authority_id, ticket),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

-- The secret that ballots are made with.
CREATE TABLE feedback_key (
	authority_id TEXT NOT NULL,
	purpose      TEXT NOT NULL CHECK (purpose = 'ballot'),
	secret       BYTEA NOT NULL,
	PRIMARY KEY (authority_id, purpose)
);
