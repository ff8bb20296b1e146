-- +goose Up

-- Who is looking at what is due, so that two nodes do not do it at once.
CREATE TABLE notice_lease (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	job          TEXT NOT NULL,
	holder       TEXT NOT NULL,
	until        BIGINT NOT NULL,             -- ms; later than a lease can last: its clock was wrong
	day          TEXT NOT NULL,               -- last done for
	PRIMARY KEY (authority_id, job)
);

-- One message a day for each person.
CREATE TABLE notice_message (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	kind         TEXT NOT NULL,
	day          TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	message_id   TEXT NOT NULL,
	at           BIGINT NOT NULL,
	title        TEXT NOT NULL,
	lines        TEXT NOT NULL,               -- JSON
	read_at      BIGINT NOT NULL,             -- 0: not read
	PRIMARY KEY (authority_id, kind, day, account_id),
	UNIQUE (authority_id, message_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);
CREATE INDEX notice_message_account ON notice_message (authority_id, account_id, at);

-- How urgently somebody has been told of something.
CREATE TABLE notice_told (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	item         TEXT NOT NULL,               -- key of the board's row
	due_on       TEXT NOT NULL,
	mark         BIGINT NOT NULL,             -- days before the last day; -1: the day after
	day          TEXT NOT NULL,               -- when
	PRIMARY KEY (authority_id, account_id, item, due_on),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE notice_address (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	email        TEXT NOT NULL,               -- never public
	PRIMARY KEY (authority_id, account_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

-- What leaves the house, and how often that was tried.
CREATE TABLE notice_delivery (
	authority_id TEXT NOT NULL,
	delivery_id  TEXT NOT NULL,
	message_id   TEXT NOT NULL,
	channel      TEXT NOT NULL CHECK (channel IN ('mail', 'webhook')),
	state        TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
	tries        BIGINT NOT NULL,             -- since it was made or last sent again
	next_at      BIGINT NOT NULL,             -- also how long whoever is trying now has
	made_at      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, delivery_id),
	UNIQUE (authority_id, message_id, channel),
	FOREIGN KEY (authority_id, message_id) REFERENCES notice_message (authority_id, message_id)
);
CREATE INDEX notice_delivery_waiting ON notice_delivery (authority_id, next_at) WHERE state = 'waiting';

CREATE TABLE notice_attempt (
	authority_id TEXT NOT NULL,
	delivery_id  TEXT NOT NULL,
	no           BIGINT NOT NULL,
	at           BIGINT NOT NULL,
	answer       TEXT NOT NULL,               -- empty: accepted
	PRIMARY KEY (authority_id, delivery_id, no),
	FOREIGN KEY (authority_id, delivery_id) REFERENCES notice_delivery (authority_id, delivery_id)
);
