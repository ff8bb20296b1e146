-- +goose Up

-- Each entry of an authority's log is linked to the one before it.
ALTER TABLE audit_entry ADD COLUMN no BIGINT;   -- in the chain, from 1; empty: not linked yet
ALTER TABLE audit_entry ADD COLUMN hash TEXT;   -- SHA-256 over the entry and the hash before it
CREATE UNIQUE INDEX audit_entry_no ON audit_entry (authority_id, no);
CREATE INDEX audit_entry_waiting ON audit_entry (authority_id, at) WHERE no IS NULL;
