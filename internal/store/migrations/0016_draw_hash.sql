-- +goose Up

-- The hash of new draws is a setting; a round keeps the one that it was frozen
-- with. identity_authority.hash, of plans and public records, stays.
ALTER TABLE identity_authority ADD COLUMN draw_hash TEXT NOT NULL DEFAULT 'sha256' CHECK (draw_hash IN ('sha256', 'sm3'));

UPDATE identity_authority SET draw_hash = hash;

ALTER TABLE round ADD COLUMN hash TEXT NOT NULL DEFAULT 'sha256' CHECK (hash IN ('sha256', 'sm3'));

UPDATE round
SET hash = (SELECT a.hash FROM identity_authority a WHERE a.authority_id = round.authority_id);
