-- +goose Up

-- filter: what people look for again and again -----------------------------------

CREATE TABLE filter_saved (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,               -- whose it is
	list         TEXT NOT NULL,               -- targets, officers, items
	name         TEXT NOT NULL,
	account_name TEXT NOT NULL,
	query        TEXT NOT NULL,               -- of the page's address
	shared       BOOLEAN NOT NULL,            -- shown to colleagues
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, account_id, list, name)
);

CREATE INDEX filter_saved_list ON filter_saved (authority_id, list, name);
