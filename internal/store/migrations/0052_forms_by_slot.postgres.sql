-- +goose Up

-- A firm has one form for each department that inspects it (decision 0045).
ALTER TABLE inspection_form ADD COLUMN slot TEXT NOT NULL DEFAULT 'main';
ALTER TABLE inspection_form DROP CONSTRAINT inspection_form_authority_id_round_id_target_id_key;
ALTER TABLE inspection_form ADD UNIQUE (authority_id, round_id, target_id, slot);
ALTER TABLE inspection_point ADD COLUMN slot TEXT NOT NULL DEFAULT ''; -- whose point it is; empty: every department's
