-- +goose Up

-- What the inspectors' phones have sent: each record once, under the id that
-- the phone made for it.
CREATE TABLE visit_record (
	authority_id TEXT NOT NULL,
	record_id    TEXT NOT NULL,               -- made by the phone
	form_id      TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('arrival', 'result', 'yield')),
	body         TEXT NOT NULL,               -- JSON, as it was sent
	digest       TEXT NOT NULL,               -- SHA-256 of form, kind, time and body
	device_at    BIGINT NOT NULL,             -- by the phone's clock
	received_at  BIGINT NOT NULL,             -- by ours
	account_id   TEXT NOT NULL,
	account_name TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('kept', 'stale')),  -- stale: the office had changed the form; kept beside it
	answer       TEXT NOT NULL,               -- JSON: what the phone was told, and is told again
	PRIMARY KEY (authority_id, record_id),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE INDEX visit_record_form ON visit_record (authority_id, form_id, received_at);

-- Another content under the id of a record that is kept: both stay.
CREATE TABLE visit_clash (
	authority_id TEXT NOT NULL,
	record_id    TEXT NOT NULL,
	digest       TEXT NOT NULL,
	body         TEXT NOT NULL,
	device_at    BIGINT NOT NULL,
	received_at  BIGINT NOT NULL,
	account_id   TEXT NOT NULL,
	PRIMARY KEY (authority_id, record_id, digest),
	FOREIGN KEY (authority_id, record_id) REFERENCES visit_record (authority_id, record_id)
);

CREATE TABLE visit_photo (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256 of the file as it was sent
	use_for      TEXT NOT NULL,               -- point-1, attempt-2, before-1, after-1, other
	original     TEXT NOT NULL,               -- SHA-256 of the camera's file, as the phone worked it out; empty: the file sent is that
	width        BIGINT NOT NULL,             -- of the copy that is shown
	height       BIGINT NOT NULL,
	size         BIGINT NOT NULL,             -- of the file as it was sent
	device_at    BIGINT NOT NULL,
	received_at  BIGINT NOT NULL,
	account_name TEXT NOT NULL,
	PRIMARY KEY (authority_id, form_id, digest, use_for),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE TABLE visit_signature (
	authority_id TEXT NOT NULL,
	record_id    TEXT NOT NULL,               -- the result that was signed
	role         TEXT NOT NULL CHECK (role IN ('inspector-1', 'inspector-2', 'firm')),
	form_id      TEXT NOT NULL,
	officer_id   TEXT NOT NULL,               -- empty: the firm
	name         TEXT NOT NULL,
	strokes      TEXT NOT NULL,               -- JSON: points of each stroke
	signed_text  TEXT NOT NULL,               -- what was read aloud and signed
	digest       TEXT NOT NULL,               -- its SHA-256
	device_at    BIGINT NOT NULL,
	PRIMARY KEY (authority_id, record_id, role),
	FOREIGN KEY (authority_id, record_id) REFERENCES visit_record (authority_id, record_id)
);

-- The secret that the identity codes of an authority are made with.
CREATE TABLE visit_key (
	authority_id TEXT NOT NULL,
	purpose      TEXT NOT NULL CHECK (purpose = 'identity'),
	secret       BYTEA NOT NULL,
	PRIMARY KEY (authority_id, purpose)
);
