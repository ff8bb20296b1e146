-- +goose Up

-- search: what a firm can be found by --------------------------------------------

CREATE TABLE search_target (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	name         TEXT NOT NULL,               -- folded
	text         TEXT NOT NULL,               -- folded names, one a line; TAB; folded numbers, one a line
	doc          BIGINT NOT NULL,             -- the row of search_terms
	PRIMARY KEY (authority_id, target_id)
);

CREATE INDEX search_target_name ON search_target (authority_id, name, target_id);
CREATE INDEX search_target_doc ON search_target (doc);

-- FTS5 keeps the index alone: no text, no places. The hash is flushed at 32 MB,
-- so that a province's file is not merged a thousand times.
CREATE VIRTUAL TABLE search_terms USING fts5(terms, content='', contentless_delete=1, detail=none, tokenize='ascii');
INSERT INTO search_terms (search_terms, rank) VALUES ('hashsize', 33554432);
