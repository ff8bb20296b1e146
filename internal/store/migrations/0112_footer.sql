-- +goose Up

-- What stands at the foot of every public page (国办发〔2017〕47号); empty: not
-- shown.
ALTER TABLE identity_authority ADD COLUMN operator TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_authority ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_authority ADD COLUMN site_code TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_authority ADD COLUMN icp TEXT NOT NULL DEFAULT '';
ALTER TABLE identity_authority ADD COLUMN police TEXT NOT NULL DEFAULT '';
