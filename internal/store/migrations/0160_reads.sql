-- +goose Up

-- reads that went through more rows than they answer with ------------------------

-- The day on which the last firm of a round was inspected: each form's deadline asks for it.
CREATE INDEX inspection_form_ended ON inspection_form (authority_id, round_id, ended_on);
