-- +goose Up

-- The life of a process that writes an import. In a table of its own: the
-- import's line belongs to the transaction that writes.
CREATE TABLE intake_sign (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	until        BIGINT NOT NULL,             -- the others leave the import to it until then, ms
	PRIMARY KEY (authority_id, import_id),
	FOREIGN KEY (authority_id, import_id) REFERENCES intake_import (authority_id, import_id)
);
