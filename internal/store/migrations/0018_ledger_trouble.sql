-- +goose Up

-- Why an outside witness does not cosign, since when: for those who keep the
-- installation. There is no row while all is well.
CREATE TABLE ledger_trouble (
	authority_id TEXT NOT NULL,
	witness      TEXT NOT NULL,               -- name+key hash
	since        BIGINT NOT NULL,             -- ms
	code         TEXT NOT NULL,
	detail       TEXT NOT NULL,               -- what it answered, or what the network said
	PRIMARY KEY (authority_id, witness)
);
