-- +goose Up

-- Documents of enforcement (执法文书): drafted, issued under a number, kept by
-- digest. What is issued is never changed; a void one keeps its number.
CREATE TABLE documents_paper (
	authority_id TEXT NOT NULL,
	document_id  TEXT NOT NULL,
	kind         TEXT NOT NULL,
	form_id      TEXT NOT NULL,               -- of the inspection that it belongs to
	about        TEXT NOT NULL,               -- the document that is served (送达回证); empty: none
	replaces     TEXT NOT NULL,               -- the document in whose place it comes; empty: none
	state        TEXT NOT NULL CHECK (state IN ('draft', 'issued', 'void')),
	fields       TEXT NOT NULL,               -- JSON: what the handler filled in, by name
	template     TEXT NOT NULL,               -- SHA-256 of the office's own template; empty: the built-in layout
	revision     BIGINT NOT NULL,
	made_name    TEXT NOT NULL,
	made_at      BIGINT NOT NULL,
	changed_name TEXT NOT NULL,
	changed_at   BIGINT NOT NULL,
	year         BIGINT NOT NULL,             -- of its number; 0: none yet
	no           BIGINT NOT NULL,
	number       TEXT NOT NULL,               -- as it is written; empty: none yet
	content      TEXT NOT NULL,               -- JSON: all that it says, as it was issued
	issued_by    TEXT NOT NULL,
	issued_name  TEXT NOT NULL,
	issued_at    BIGINT NOT NULL,
	docx         TEXT NOT NULL,               -- SHA-256 of the files that were made of it; empty: none
	pdf          TEXT NOT NULL,
	void_reason  TEXT NOT NULL,
	void_name    TEXT NOT NULL,
	void_at      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, document_id),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE UNIQUE INDEX documents_paper_no ON documents_paper (authority_id, kind, year, no) WHERE no > 0;
CREATE UNIQUE INDEX documents_paper_number ON documents_paper (authority_id, number) WHERE number <> '';
CREATE UNIQUE INDEX documents_paper_draft ON documents_paper (authority_id, form_id, kind, about) WHERE state = 'draft';

-- How numbers of a kind are written, if not as usual.
CREATE TABLE documents_pattern (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	kind         TEXT NOT NULL,
	pattern      TEXT NOT NULL,               -- with {年} and {号}
	PRIMARY KEY (authority_id, kind)
);

-- The last number given of a kind in a year.
CREATE TABLE documents_counter (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	kind         TEXT NOT NULL,
	year         BIGINT NOT NULL,
	last         BIGINT NOT NULL,
	PRIMARY KEY (authority_id, kind, year)
);

-- Files that belong to an inspection or to one of its documents.
CREATE TABLE documents_file (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	document_id  TEXT NOT NULL,               -- empty: of the inspection as a whole
	digest       TEXT NOT NULL,               -- SHA-256 of the file, and its name in the directory
	name         TEXT NOT NULL,               -- as it was uploaded
	kind         TEXT NOT NULL CHECK (kind IN ('pdf', 'jpg', 'png', 'docx', 'xlsx')),
	size         BIGINT NOT NULL,
	kept_by      TEXT NOT NULL,
	kept_name    TEXT NOT NULL,
	kept_at      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, form_id, document_id, digest),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

-- The office's own templates; the active one of a kind is offered.
CREATE TABLE documents_template (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	kind         TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256 of the file, and its name in the directory
	name         TEXT NOT NULL,               -- as it was uploaded
	slots        TEXT NOT NULL,               -- JSON: the placeholders found
	active       BOOLEAN NOT NULL,
	kept_name    TEXT NOT NULL,
	kept_at      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, kind, digest)
);
