-- +goose Up

-- The desk counts forms by round, department and state without reading them.
CREATE INDEX inspection_form_tally ON inspection_form (authority_id, round_id, slot, state);
