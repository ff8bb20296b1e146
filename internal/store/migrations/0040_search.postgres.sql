-- +goose Up

-- search: what a firm can be found by --------------------------------------------

CREATE TABLE search_target (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	name         TEXT NOT NULL,               -- folded
	text         TEXT NOT NULL,               -- folded names, one a line; TAB; folded numbers, one a line
	terms        TSVECTOR NOT NULL,
	PRIMARY KEY (authority_id, target_id)
);

CREATE INDEX search_target_name ON search_target (authority_id, name, target_id);
CREATE INDEX search_target_terms ON search_target USING GIN (terms);
