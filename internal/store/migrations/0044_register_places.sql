-- +goose Up

-- A firm's further numbers, "kind number" a line, and its places of
-- employment, "area code, address, headcount" a line.
ALTER TABLE register_target ADD COLUMN numbers TEXT NOT NULL DEFAULT '';
ALTER TABLE register_target ADD COLUMN places TEXT NOT NULL DEFAULT '';
ALTER TABLE register_target_past ADD COLUMN numbers TEXT NOT NULL DEFAULT '';
ALTER TABLE register_target_past ADD COLUMN places TEXT NOT NULL DEFAULT '';
