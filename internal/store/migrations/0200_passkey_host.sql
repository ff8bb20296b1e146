-- +goose Up

-- The host at which a key was registered, and works; empty: not known.
ALTER TABLE passkey_key ADD COLUMN host TEXT NOT NULL DEFAULT '';
