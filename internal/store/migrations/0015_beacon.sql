-- +goose Up

-- A source of a seed may be a round of the drand beacon (docs/spec/draw.md,
-- docs/spec/bundle.md). The table is made anew, since SQLite cannot change a CHECK.
ALTER TABLE round_source RENAME TO round_source_old;

CREATE TABLE round_source (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	half         TEXT NOT NULL,
	no           BIGINT NOT NULL,
	name         TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('committed', 'public', 'drand')),
	by           TEXT NOT NULL,               -- bureau, witness; empty: public, drand
	who          TEXT NOT NULL,               -- the witness's role in words
	how          TEXT NOT NULL,
	commitment   TEXT NOT NULL,
	secret       TEXT NOT NULL,               -- the bureau's own, until it is revealed
	chain        TEXT NOT NULL,               -- drand: the chain's hash
	beacon       BIGINT NOT NULL,             -- drand: the round; else 0
	value        TEXT NOT NULL,               -- as revealed or rolled; empty: not yet
	signature    TEXT NOT NULL,               -- drand: of the round, verified; empty: not yet
	PRIMARY KEY (authority_id, round_id, half, no),
	UNIQUE (authority_id, round_id, half, name),
	FOREIGN KEY (authority_id, round_id, half) REFERENCES round_draw (authority_id, round_id, half)
);

INSERT INTO round_source (authority_id, round_id, half, no, name, kind, by, who, how, commitment, secret, chain, beacon, value, signature)
SELECT authority_id, round_id, half, no, name, kind, by, who, how, commitment, secret, '', 0, value, ''
FROM round_source_old;

DROP TABLE round_source_old;
