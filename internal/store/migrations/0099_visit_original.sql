-- +goose Up

-- The camera's own files, of which visit_photo keeps what the phone made
-- smaller. They come after everything else, and nobody is shown them.
CREATE TABLE visit_original (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256; visit_photo.original names it
	size         BIGINT NOT NULL,
	received_at  BIGINT NOT NULL,
	account_name TEXT NOT NULL,
	PRIMARY KEY (authority_id, form_id, digest),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);
