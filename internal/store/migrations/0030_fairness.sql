-- +goose Up

CREATE TABLE stats_draw (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	basis        TEXT NOT NULL,               -- digest of the disclosed draws up to this one
	counts       TEXT NOT NULL,               -- stats.Draw as JSON
	PRIMARY KEY (authority_id, round_id),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id)
);

CREATE TABLE stats_report (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	basis        TEXT NOT NULL,               -- digest of the disclosed draws that are counted
	report       TEXT NOT NULL,               -- stats.Report as JSON
	counted_at   BIGINT NOT NULL,
	PRIMARY KEY (authority_id, basis)
);
