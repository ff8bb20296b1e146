-- +goose Up

-- A stratum asks for a ratio or, as many offices write, for a number of firms.
ALTER TABLE plan_stratum ADD COLUMN number BIGINT NOT NULL DEFAULT 0; -- firms a year; 0: the ratio holds
