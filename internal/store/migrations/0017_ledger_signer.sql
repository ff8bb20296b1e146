-- +goose Up

-- An authority that uses national algorithms has its checkpoints signed by an
-- SM2 key as well. The key's file stands beside the database; its verifier key
-- stays here once it was made, so that another file in its place is noticed.
CREATE TABLE ledger_signer (
	authority_id TEXT NOT NULL,
	algorithm    TEXT NOT NULL CHECK (algorithm = 'sm2'),
	signs        BOOLEAN NOT NULL,            -- the checkpoints to come
	verifier     TEXT NOT NULL,               -- note verifier key
	PRIMARY KEY (authority_id, algorithm)
);
