-- +goose NO TRANSACTION
-- +goose Up

-- A draw writes half a million firms in the order of their ids, and the index
-- that held their ranks to be single cost as much as all the rest (decision
-- 0137). SQLite cannot drop it: the table is written anew, with the references
-- to it left as they stand, which works outside a transaction only.
PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE round_target_new (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	stratum      TEXT NOT NULL,
	rank         BIGINT NOT NULL,             -- in the stratum, from 1; reserves go on counting
	state        TEXT NOT NULL CHECK (state IN ('drawn', 'reserve', 'removing', 'removed', 'promoted', 'confirmed')),
	slots        TEXT NOT NULL DEFAULT 'main',
	PRIMARY KEY (authority_id, round_id, target_id),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id),
	FOREIGN KEY (authority_id, target_id) REFERENCES register_target (authority_id, target_id)
);
INSERT INTO round_target_new (authority_id, round_id, target_id, stratum, rank, state, slots)
SELECT authority_id, round_id, target_id, stratum, rank, state, slots
FROM round_target;
DROP TABLE round_target;
ALTER TABLE round_target_new RENAME TO round_target;
CREATE INDEX round_target_reserve ON round_target (authority_id, round_id, stratum, rank) WHERE state = 'reserve';
COMMIT;
PRAGMA foreign_keys = ON;
