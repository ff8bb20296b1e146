-- +goose Up
CREATE TABLE ledger_turn (
	authority_id TEXT NOT NULL,
	origin       TEXT NOT NULL,               -- of the tree
	turns        BIGINT NOT NULL,             -- written first by whoever extends or signs the tree, so that they queue
	PRIMARY KEY (authority_id, origin)
);

CREATE TABLE ledger_cosignature (
	authority_id TEXT NOT NULL,
	size         BIGINT NOT NULL,             -- of the checkpoint
	witness      TEXT NOT NULL,               -- name+key hash
	at           BIGINT NOT NULL,             -- as the witness says, ms
	line         TEXT NOT NULL,               -- of the signed note
	PRIMARY KEY (authority_id, size, witness),
	FOREIGN KEY (authority_id, size) REFERENCES ledger_checkpoint (authority_id, size)
);
