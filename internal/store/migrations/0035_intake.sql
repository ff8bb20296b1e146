-- +goose Up

-- The import of files is a room of its own: its tables bear its name.
ALTER TABLE register_import RENAME TO intake_import;
ALTER TABLE register_import_issue RENAME TO intake_issue;
