-- +goose Up

-- Firms are found through search_target.
DROP INDEX register_target_search;
ALTER TABLE register_target DROP COLUMN search;
