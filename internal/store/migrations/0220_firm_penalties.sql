-- +goose Up

-- A firm's page also asks whether it ever had a penalty in public.
DROP INDEX disclosure_penalty_target;
CREATE INDEX disclosure_penalty_target ON disclosure_penalty (authority_id, target_id);
