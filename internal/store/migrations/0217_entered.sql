-- +goose Up

-- A look for odd patterns reads the rounds in which results were entered of late.
CREATE INDEX inspection_form_entered ON inspection_form (authority_id, entered_at);
