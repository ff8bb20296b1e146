-- +goose Up

-- Frequency caps (频次上限) as data: every place has its own.
CREATE TABLE caps_rule (
	authority_id TEXT NOT NULL,
	no           BIGINT NOT NULL,
	title        TEXT NOT NULL,
	source       TEXT NOT NULL,               -- the document that sets it
	who          TEXT NOT NULL CHECK (who IN ('authority', 'level', 'all')), -- whose visits count
	item_id      TEXT NOT NULL,               -- empty: every item
	tag          TEXT NOT NULL,               -- firms with this grade or tag; empty: every firm
	except_tag   TEXT NOT NULL,               -- but not firms with this one
	years        BIGINT NOT NULL,             -- calendar years, the running one last
	most         BIGINT NOT NULL,             -- visits; 0: none at all
	PRIMARY KEY (authority_id, no)
);

-- Reasons for which a visit does not count.
CREATE TABLE caps_exemption (
	authority_id TEXT NOT NULL,
	reason       TEXT NOT NULL,
	PRIMARY KEY (authority_id, reason)
);

-- Visits, of this office's rounds and of other bodies.
CREATE TABLE caps_visit (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	source       TEXT NOT NULL,               -- a round's id, or body and day
	item_id      TEXT NOT NULL,
	day          TEXT NOT NULL,
	body         TEXT NOT NULL,               -- who inspected
	who          TEXT NOT NULL CHECK (who IN ('authority', 'level', 'all')), -- how near the body is: this one, of this level, any other
	reason       TEXT NOT NULL,               -- empty: an ordinary inspection
	PRIMARY KEY (authority_id, target_id, source, item_id)
);

CREATE INDEX caps_visit_source ON caps_visit (authority_id, source);
