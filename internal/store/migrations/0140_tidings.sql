-- +goose Up

-- What registration authorities say of firms (登记状态, 1.48).
CREATE TABLE tidings_file (
	authority_id TEXT NOT NULL,
	file_id      TEXT NOT NULL,
	name         TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256
	data_on      TEXT NOT NULL,               -- the day that the states are of
	state        TEXT NOT NULL CHECK (state IN ('checked', 'written', 'dropped')),
	total        BIGINT NOT NULL,
	same         BIGINT NOT NULL,             -- firms whose state is as in the register
	changed      BIGINT NOT NULL,             -- firms whose state differs
	version      BIGINT NOT NULL,             -- of the register, that it made; 0: none
	by_id        TEXT NOT NULL,
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, file_id)
);

CREATE TABLE tidings_row (
	authority_id TEXT NOT NULL,
	file_id      TEXT NOT NULL,
	line         BIGINT NOT NULL,
	code         TEXT NOT NULL,
	name         TEXT NOT NULL,               -- as the file has it
	target_id    TEXT NOT NULL,               -- empty: no firm of the register
	was          TEXT NOT NULL,               -- the register's state when the file was checked
	state        TEXT NOT NULL,
	problem      TEXT NOT NULL,               -- why it changes nothing; empty: it does
	PRIMARY KEY (authority_id, file_id, line),
	FOREIGN KEY (authority_id, file_id) REFERENCES tidings_file (authority_id, file_id)
);
