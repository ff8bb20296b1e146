-- +goose Up

-- A published plan is amended by a new version of it (decision 0042).
ALTER TABLE plan ADD COLUMN root_id TEXT NOT NULL DEFAULT '';        -- plan_id of the first version
ALTER TABLE plan ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE plan ADD COLUMN amends TEXT NOT NULL DEFAULT '';         -- plan_id of the version before; empty: the first
ALTER TABLE plan ADD COLUMN amend_reason TEXT NOT NULL DEFAULT '';   -- public
ALTER TABLE plan ADD COLUMN replaced BOOLEAN NOT NULL DEFAULT FALSE; -- a newer version is published
UPDATE plan SET root_id = plan_id;
CREATE UNIQUE INDEX plan_version ON plan (authority_id, root_id, version);
