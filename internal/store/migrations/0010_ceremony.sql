-- +goose Up

-- The witnesses of a ceremony: whom the operator invited to one half of a
-- round, and what each did with a telephone. Of an invitation and of a
-- telephone's token only the hash is kept, of a secret nothing.
CREATE TABLE ceremony_witness (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	half         TEXT NOT NULL,
	no           BIGINT NOT NULL,             -- source witness-<no> of the manifest
	who          TEXT NOT NULL,               -- the office that is spoken for: 县纪委监委派驻代表
	invitation   TEXT NOT NULL,               -- SHA-256 of the token in the QR code, good for one joining
	phone        TEXT NOT NULL,               -- SHA-256 of the token that the telephone made; empty: not joined
	seen         TEXT NOT NULL,               -- fingerprint of list and rules that stood before the witness at the commitment
	commitment   TEXT NOT NULL,
	invited_at   BIGINT NOT NULL,
	joined_at    BIGINT NOT NULL,
	committed_at BIGINT NOT NULL,
	refused_at   BIGINT NOT NULL,             -- said that the secret will not be revealed; 0: did not
	withdrawn_at BIGINT NOT NULL,             -- the invitation was taken back before anything was committed
	PRIMARY KEY (authority_id, round_id, half, no),
	UNIQUE (authority_id, invitation),
	FOREIGN KEY (authority_id, round_id, half) REFERENCES round_draw (authority_id, round_id, half)
);
