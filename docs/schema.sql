-- The schema of a fresh database, as SQLite keeps it; PostgreSQL's comes from the
-- same text. Written by: go test ./internal/store -run TestSchema -update

CREATE TABLE alarm_raised (
	authority_id TEXT NOT NULL,
	alarm_id     TEXT NOT NULL,               -- kind and hour, day or number: the same thing is told once
	kind         TEXT NOT NULL CHECK (kind IN ('sign-in', 'machine', 'office', 'audit', 'input', 'change')),
	at           BIGINT NOT NULL,
	number       BIGINT NOT NULL,             -- failures, refusals; of a setting, its no; of the audit log, the number that the ledger has
	within       BIGINT NOT NULL,             -- of failures, refusals: in how many seconds
	PRIMARY KEY (authority_id, alarm_id)
);

CREATE INDEX alarm_raised_at ON alarm_raised (authority_id, at);

CREATE TABLE alarm_setting (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	part         TEXT NOT NULL CHECK (part IN ('machine', 'office')),
	no           BIGINT NOT NULL,             -- 1, 2, 3, … in each part
	at           BIGINT NOT NULL,
	settings     TEXT NOT NULL,               -- canonical JSON: name to value; no password, no key
	salt         TEXT NOT NULL,               -- hex: what was set could be guessed
	digest       TEXT NOT NULL,
	PRIMARY KEY (authority_id, part, no)
);

CREATE TABLE archive_accession (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	volume       BIGINT NOT NULL,
	receiver     TEXT NOT NULL,               -- 接收单位、接收人
	number       TEXT NOT NULL,               -- 移交目录、交接文据的编号
	received_on  TEXT NOT NULL,
	paper        TEXT NOT NULL,               -- SHA-256 of the signed receipt; empty: not uploaded
	kind         TEXT NOT NULL,               -- of the paper
	by_id        TEXT NOT NULL,
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, round_id, target_id, volume),
	FOREIGN KEY (authority_id, round_id, target_id, volume) REFERENCES archive_package (authority_id, round_id, target_id, volume)
);

CREATE TABLE archive_package (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	volume       BIGINT NOT NULL,             -- from 1; later ones supplement the first
	number       TEXT NOT NULL,               -- 档号
	year         BIGINT NOT NULL,             -- of the plan
	seq          BIGINT NOT NULL,             -- of the file, within year and period
	period       TEXT NOT NULL CHECK (period IN ('Y', 'D30', 'D10')),
	proposed     TEXT NOT NULL,               -- the period that the rule proposed
	because      TEXT NOT NULL,               -- the rule in words
	gaps         TEXT NOT NULL,               -- JSON: what was missing, by name
	reason       TEXT NOT NULL,               -- why it was sealed all the same, or kept for another period
	facts        TEXT NOT NULL,               -- SHA-256 of what was to be filed
	manifest     TEXT NOT NULL,               -- digests of all files, as in the package
	sha256       TEXT NOT NULL,               -- of the manifest
	sm3          TEXT NOT NULL,               -- of the manifest
	digest       TEXT NOT NULL,               -- SHA-256 of the package
	size         BIGINT NOT NULL,
	files        BIGINT NOT NULL,
	sealed_by    TEXT NOT NULL,
	sealed_name  TEXT NOT NULL,
	sealed_at    BIGINT NOT NULL,
	PRIMARY KEY (authority_id, round_id, target_id, volume),
	UNIQUE (authority_id, year, period, seq, volume),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id),
	FOREIGN KEY (authority_id, target_id) REFERENCES register_target (authority_id, target_id)
);

CREATE TABLE archive_setting (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	name         TEXT NOT NULL,               -- fonds (全宗号), or an occasion
	value        TEXT NOT NULL,               -- of an occasion: a period
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, name)
);

CREATE TABLE audit_entry (
	authority_id TEXT NOT NULL,
	entry_id     TEXT NOT NULL,
	at           BIGINT NOT NULL,
	actor_id     TEXT NOT NULL,
	actor_name   TEXT NOT NULL,
	action       TEXT NOT NULL,
	object       TEXT NOT NULL,
	allowed      BOOLEAN NOT NULL,
	request_key  TEXT, no BIGINT, hash TEXT,                        -- one act a key: a repeated request does nothing
	PRIMARY KEY (authority_id, entry_id),
	UNIQUE (authority_id, action, request_key)
);

CREATE INDEX audit_entry_at ON audit_entry (authority_id, at);

CREATE UNIQUE INDEX audit_entry_no ON audit_entry (authority_id, no);

CREATE INDEX audit_entry_waiting ON audit_entry (authority_id, at) WHERE no IS NULL;

CREATE TABLE caps_exemption (
	authority_id TEXT NOT NULL,
	reason       TEXT NOT NULL,
	PRIMARY KEY (authority_id, reason)
);

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

CREATE TABLE casework_matter (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	ref          TEXT NOT NULL,               -- number of the finding, or a result code
	no           BIGINT NOT NULL,             -- from 1: a case may follow a rectification
	round_id     TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('rectify', 'case', 'unit', 'department', 'police', 'told', 'settled')),
	state        TEXT NOT NULL,
	ending       TEXT NOT NULL,               -- empty: it goes on
	person       TEXT NOT NULL,               -- account of who is responsible
	person_name  TEXT NOT NULL,
	opened_on    TEXT NOT NULL,
	ended_on     TEXT NOT NULL,
	file         TEXT NOT NULL,               -- JSON: the fields of the kind
	PRIMARY KEY (authority_id, form_id, ref, no),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE UNIQUE INDEX casework_matter_open ON casework_matter (authority_id, form_id, ref) WHERE ending = '';

CREATE TABLE casework_paper (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	ref          TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256 of the file
	name         TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('pdf', 'jpg', 'png')),
	size         BIGINT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, form_id, ref, digest),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE TABLE casework_penalty (
	authority_id TEXT NOT NULL,
	number       TEXT NOT NULL,               -- 文书号
	form_id      TEXT NOT NULL,
	ref          TEXT NOT NULL,
	no           BIGINT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('drafted', 'checked', 'revoked')),
	decided_on   TEXT NOT NULL,
	fact         TEXT NOT NULL,
	basis        TEXT NOT NULL,
	kinds        TEXT NOT NULL,               -- 警告、罚款…
	amount       BIGINT NOT NULL,             -- fen; 0: none
	class        TEXT NOT NULL CHECK (class IN ('light', 'general', 'serious')),
	months       BIGINT NOT NULL,             -- of publication; 0: not published
	begins_on    TEXT NOT NULL,               -- empty: not checked, or not published
	ends_on      TEXT NOT NULL,
	drafted_by   TEXT NOT NULL,
	drafted_name TEXT NOT NULL,
	checked_name TEXT NOT NULL,
	checked_at   BIGINT NOT NULL,
	revoked_on   TEXT NOT NULL,
	revoked_name TEXT NOT NULL,
	reason       TEXT NOT NULL,               -- of the revocation
	PRIMARY KEY (authority_id, number),
	UNIQUE (authority_id, form_id, ref, no),
	FOREIGN KEY (authority_id, form_id, ref, no) REFERENCES casework_matter (authority_id, form_id, ref, no)
);

CREATE TABLE casework_step (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	ref          TEXT NOT NULL,
	step         BIGINT NOT NULL,             -- from 1, over all matters
	no           BIGINT NOT NULL,             -- of the matter
	act          TEXT NOT NULL,
	text         TEXT NOT NULL,
	day          TEXT NOT NULL,               -- on which it happened
	by_id        TEXT NOT NULL,               -- account; empty: the firm
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, form_id, ref, step),
	FOREIGN KEY (authority_id, form_id, ref, no) REFERENCES casework_matter (authority_id, form_id, ref, no)
);

CREATE TABLE ceremony_witness (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	half         TEXT NOT NULL,
	no           BIGINT NOT NULL,             -- source witness-<no> of the manifest
	who          TEXT NOT NULL,               -- the office that is spoken for: 县纪委监委派驻代表
	invitation   TEXT NOT NULL,               -- SHA-256 of the token in the QR code, good for one joining
	phone        TEXT NOT NULL,               -- SHA-256 of the token that the telephone made; empty: not joined
	seen         TEXT NOT NULL,               -- fingerprint of list and rules that stood before the witness at the commitment
	commitment   TEXT NOT NULL,
	invited_at   BIGINT NOT NULL,
	joined_at    BIGINT NOT NULL,
	committed_at BIGINT NOT NULL,
	refused_at   BIGINT NOT NULL,             -- said that the secret will not be revealed; 0: did not
	withdrawn_at BIGINT NOT NULL,             -- the invitation was taken back before anything was committed
	PRIMARY KEY (authority_id, round_id, half, no),
	UNIQUE (authority_id, invitation),
	FOREIGN KEY (authority_id, round_id, half) REFERENCES round_draw (authority_id, round_id, half)
);

CREATE TABLE credit_evidence (
	authority_id TEXT NOT NULL,
	proposal_id  TEXT NOT NULL,
	fact_id      TEXT NOT NULL,
	PRIMARY KEY (authority_id, proposal_id, fact_id),
	FOREIGN KEY (authority_id, proposal_id) REFERENCES credit_proposal ON DELETE CASCADE,
	FOREIGN KEY (authority_id, fact_id) REFERENCES credit_fact
);

CREATE TABLE credit_fact (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	fact_id      TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	kind         TEXT NOT NULL,
	happened_on  TEXT NOT NULL,
	text         TEXT NOT NULL,
	source       TEXT NOT NULL,               -- number of the file or form that shows it
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	revoked      TEXT NOT NULL,               -- why it no longer counts; empty: it counts
	PRIMARY KEY (authority_id, fact_id),
	UNIQUE (authority_id, target_id, kind, source)
);

CREATE INDEX credit_fact_day ON credit_fact (authority_id, happened_on, target_id);

CREATE TABLE credit_grade (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	scheme_id    TEXT NOT NULL,
	version      BIGINT NOT NULL,             -- that gave it
	grade        TEXT NOT NULL,
	data_on      TEXT NOT NULL,
	current      BOOLEAN NOT NULL,
	PRIMARY KEY (authority_id, target_id, scheme_id, version),
	FOREIGN KEY (authority_id, scheme_id, version) REFERENCES credit_version
);

CREATE INDEX credit_grade_current ON credit_grade (authority_id, scheme_id, grade, target_id) WHERE current;

CREATE TABLE credit_import (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	scheme_id    TEXT NOT NULL,
	file_name    TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256 of the file
	data_on      TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('checked', 'written', 'dropped')),
	total        BIGINT NOT NULL,
	accepted     BIGINT NOT NULL,
	version      BIGINT NOT NULL,             -- that it made; 0: none
	changed      BIGINT NOT NULL,
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, import_id),
	FOREIGN KEY (authority_id, scheme_id) REFERENCES credit_scheme
);

CREATE TABLE credit_import_row (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	line         BIGINT NOT NULL,             -- of the file, from 1
	code         TEXT NOT NULL,               -- as given
	target_id    TEXT NOT NULL,
	grade        TEXT NOT NULL,
	problem      TEXT NOT NULL,               -- empty: accepted
	PRIMARY KEY (authority_id, import_id, line),
	FOREIGN KEY (authority_id, import_id) REFERENCES credit_import ON DELETE CASCADE
);

CREATE TABLE credit_policy (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	policy_id    TEXT NOT NULL,
	name         TEXT NOT NULL,
	basis        TEXT NOT NULL,
	rules        TEXT NOT NULL,               -- JSON: strata and tickets
	revision     BIGINT NOT NULL,
	saved_name   TEXT NOT NULL,
	saved_at     BIGINT NOT NULL,
	PRIMARY KEY (authority_id, policy_id)
);

CREATE TABLE credit_proposal (
	authority_id  TEXT NOT NULL,
	proposal_id   TEXT NOT NULL,
	scheme_id     TEXT NOT NULL,
	target_id     TEXT NOT NULL,
	year          BIGINT NOT NULL,
	old_grade     TEXT NOT NULL,              -- empty: none yet
	grade         TEXT NOT NULL,
	rule          TEXT NOT NULL,              -- that fired
	state         TEXT NOT NULL CHECK (state IN ('proposed', 'confirmed', 'told', 'objected', 'settled', 'effective', 'rejected')),
	proposed_by   TEXT NOT NULL,
	proposed_name TEXT NOT NULL,
	proposed_at   BIGINT NOT NULL,
	reviewed_by   TEXT NOT NULL,
	reviewed_name TEXT NOT NULL,
	opinion       TEXT NOT NULL,
	told_on       TEXT NOT NULL,
	told_how      TEXT NOT NULL,
	object_until  TEXT NOT NULL,
	objection     TEXT NOT NULL,
	objected_on   TEXT NOT NULL,
	decision      TEXT NOT NULL,
	decided_name  TEXT NOT NULL,
	effective_on  TEXT NOT NULL,
	revision      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, proposal_id),
	FOREIGN KEY (authority_id, scheme_id) REFERENCES credit_scheme
);

CREATE UNIQUE INDEX credit_proposal_open ON credit_proposal (authority_id, scheme_id, target_id, year) WHERE state <> 'rejected';

CREATE INDEX credit_proposal_state ON credit_proposal (authority_id, state, grade);

CREATE TABLE credit_rule (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	tag          TEXT NOT NULL,
	kinds        TEXT NOT NULL,               -- of facts, a line each
	months       BIGINT NOT NULL,
	least        BIGINT NOT NULL,
	PRIMARY KEY (authority_id, tag)
);

CREATE TABLE credit_scheme (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	scheme_id    TEXT NOT NULL,               -- identifier
	name         TEXT NOT NULL,
	issuer       TEXT NOT NULL,               -- who grades
	basis        TEXT NOT NULL,               -- the document that the grading rests on
	prefix       TEXT NOT NULL,               -- of the register's tags: 信用风险 makes 信用风险D
	grades       TEXT NOT NULL,               -- a line a grade, the best first: grade TAB meaning
	enterprises  BOOLEAN NOT NULL,            -- grades enterprises only
	own          BOOLEAN NOT NULL,            -- worked out here, by proposals (1.45)
	version      BIGINT NOT NULL,             -- of its grades; 0: none yet
	PRIMARY KEY (authority_id, scheme_id)
);

CREATE TABLE credit_version (
	authority_id TEXT NOT NULL,
	scheme_id    TEXT NOT NULL,
	version      BIGINT NOT NULL,
	data_on      TEXT NOT NULL,               -- the day that the grades describe
	source       TEXT NOT NULL,               -- the file, or 评价建议
	graded       BIGINT NOT NULL,             -- firms in force with a grade after it
	changed      BIGINT NOT NULL,             -- firms that got another grade, or their first
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, scheme_id, version),
	FOREIGN KEY (authority_id, scheme_id) REFERENCES credit_scheme
);

CREATE TABLE disclosure_count (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	year         BIGINT NOT NULL,
	round_id     TEXT NOT NULL,
	code         TEXT NOT NULL,
	n            BIGINT NOT NULL,
	PRIMARY KEY (authority_id, year, round_id, code)
);

CREATE TABLE disclosure_exemption (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	reason       TEXT NOT NULL,
	approved_by  TEXT NOT NULL,
	approved_at  BIGINT NOT NULL,
	PRIMARY KEY (authority_id, form_id),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE TABLE disclosure_objection (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	objection_id TEXT NOT NULL,               -- the record's, and which of its objections
	kind         TEXT NOT NULL CHECK (kind IN ('result', 'penalty')),
	record_id    TEXT NOT NULL,
	version      BIGINT NOT NULL,             -- that was public then
	firm         TEXT NOT NULL,               -- for the office; never public from here
	paper        BOOLEAN NOT NULL,            -- handed in on paper, entered by the office
	words        TEXT NOT NULL,               -- never public
	contact      TEXT NOT NULL,               -- never public
	received_on  TEXT NOT NULL,
	made_at      BIGINT NOT NULL,
	made_by      TEXT NOT NULL,               -- account; empty: the firm
	state        TEXT NOT NULL CHECK (state IN ('open', 'kept', 'mending', 'corrected', 'withdrawn')),
	answer       TEXT NOT NULL,               -- public
	answered_by  TEXT NOT NULL,
	answered_at  BIGINT NOT NULL,             -- 0: not yet
	settled_at   BIGINT NOT NULL,             -- 0: nothing has been changed
	PRIMARY KEY (authority_id, objection_id)
);

CREATE UNIQUE INDEX disclosure_objection_open ON disclosure_objection (authority_id, record_id) WHERE state IN ('open', 'mending');

CREATE INDEX disclosure_objection_record ON disclosure_objection (authority_id, record_id);

CREATE TABLE disclosure_penalty (
	authority_id TEXT NOT NULL,
	penalty_id   TEXT NOT NULL,               -- the form's, and which of its penalties: its address for ever
	version      BIGINT NOT NULL,
	number       TEXT NOT NULL,               -- of the decision
	form_id      TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('published', 'withdrawn', 'revoked', 'ended', 'repaired')),
	current      BOOLEAN NOT NULL,            -- public, until its term ends
	firm_name    TEXT NOT NULL,               -- empty once it is not public
	firm_code    TEXT NOT NULL,
	search       TEXT NOT NULL,
	record       TEXT NOT NULL,               -- canonical JSON; empty once it is not public
	salt         TEXT NOT NULL,
	digest       TEXT NOT NULL,
	reason       TEXT NOT NULL,
	class        TEXT NOT NULL CHECK (class IN ('light', 'general', 'serious')),
	from_on      TEXT NOT NULL,               -- its term
	until_on     TEXT NOT NULL,               -- the last day
	posted_at    BIGINT NOT NULL,
	posted_by    TEXT NOT NULL,
	PRIMARY KEY (authority_id, penalty_id, version),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE INDEX disclosure_penalty_current ON disclosure_penalty (authority_id, until_on) WHERE current;

CREATE INDEX disclosure_penalty_number ON disclosure_penalty (authority_id, number);

CREATE INDEX disclosure_penalty_target ON disclosure_penalty (authority_id, target_id);

CREATE TABLE disclosure_posting (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	version      BIGINT NOT NULL,             -- 1: first publication
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	year         BIGINT NOT NULL,             -- of the plan
	state        TEXT NOT NULL CHECK (state IN ('published', 'corrected', 'withdrawn')),
	current      BOOLEAN NOT NULL,            -- what the public sees now; none once withdrawn
	firm_name    TEXT NOT NULL,               -- empty once withdrawn
	firm_code    TEXT NOT NULL,
	search       TEXT NOT NULL,               -- folded name and code
	record       TEXT NOT NULL,               -- what the public sees, canonical JSON; empty once withdrawn
	salt         TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- as in the ledger
	reason       TEXT NOT NULL,
	due_on       TEXT NOT NULL,
	posted_at    BIGINT NOT NULL,
	posted_by    TEXT NOT NULL,
	PRIMARY KEY (authority_id, form_id, version),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE INDEX disclosure_posting_changed ON disclosure_posting (authority_id, posted_at, form_id, version) WHERE state <> 'published';

CREATE INDEX disclosure_posting_code ON disclosure_posting (authority_id, firm_code) WHERE current;

CREATE INDEX disclosure_posting_newest ON disclosure_posting (authority_id, round_id, posted_at, form_id) WHERE current;

CREATE INDEX disclosure_posting_recent ON disclosure_posting (authority_id, posted_at, form_id, search) WHERE current;

CREATE INDEX disclosure_posting_round ON disclosure_posting (authority_id, round_id, version, target_id, due_on, posted_at);

CREATE INDEX disclosure_posting_target ON disclosure_posting (authority_id, target_id, current, year, round_id, search);

CREATE INDEX disclosure_posting_undone ON disclosure_posting (authority_id, year, state, form_id) WHERE state <> 'published';

CREATE INDEX disclosure_posting_year ON disclosure_posting (authority_id, year, posted_at, form_id) WHERE current;

CREATE TABLE disclosure_repair (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	repair_id    TEXT NOT NULL,
	penalty_id   TEXT NOT NULL,
	applied_on   TEXT NOT NULL,
	words        TEXT NOT NULL,               -- what was mended; never public
	made_at      BIGINT NOT NULL,
	made_by      TEXT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('open', 'granted', 'refused')),
	answer       TEXT NOT NULL,
	decided_by   TEXT NOT NULL,
	decided_at   BIGINT NOT NULL,             -- 0: not yet
	PRIMARY KEY (authority_id, repair_id)
);

CREATE UNIQUE INDEX disclosure_repair_open ON disclosure_repair (authority_id, penalty_id) WHERE state = 'open';

CREATE TABLE disclosure_result (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	version      BIGINT NOT NULL,
	code         TEXT NOT NULL, year BIGINT NOT NULL DEFAULT 0, posted_at BIGINT NOT NULL DEFAULT 0,               -- R1 … R9e, as published
	PRIMARY KEY (authority_id, form_id, version, code),
	FOREIGN KEY (authority_id, form_id, version) REFERENCES disclosure_posting (authority_id, form_id, version)
);

CREATE INDEX disclosure_result_code ON disclosure_result (authority_id, code, posted_at, form_id);

CREATE INDEX disclosure_result_year ON disclosure_result (authority_id, code, year, posted_at, form_id);

CREATE TABLE documents_counter (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	kind         TEXT NOT NULL,
	year         BIGINT NOT NULL,
	last         BIGINT NOT NULL,
	PRIMARY KEY (authority_id, kind, year)
);

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
	void_at      BIGINT NOT NULL, ref TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, document_id),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE UNIQUE INDEX documents_paper_draft ON documents_paper (authority_id, form_id, kind, about, ref) WHERE state = 'draft';

CREATE INDEX documents_paper_form ON documents_paper (authority_id, form_id);

CREATE UNIQUE INDEX documents_paper_no ON documents_paper (authority_id, kind, year, no) WHERE no > 0;

CREATE UNIQUE INDEX documents_paper_number ON documents_paper (authority_id, number) WHERE number <> '';

CREATE TABLE documents_pattern (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	kind         TEXT NOT NULL,
	pattern      TEXT NOT NULL,               -- with {年} and {号}
	PRIMARY KEY (authority_id, kind)
);

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

CREATE TABLE exchange_batch (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	target       TEXT NOT NULL,
	serial       BIGINT NOT NULL,             -- from 1, without gaps
	number       TEXT NOT NULL,               -- day and serial: cd_batch
	digest       TEXT NOT NULL,               -- over the lines
	file         BYTEA NOT NULL,
	file_digest  TEXT NOT NULL,               -- SHA-256
	made_by      TEXT NOT NULL,
	made_name    TEXT NOT NULL,
	made_at      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, target, serial)
);

CREATE TABLE exchange_line (
	authority_id TEXT NOT NULL,
	target       TEXT NOT NULL,
	serial       BIGINT NOT NULL,
	no           BIGINT NOT NULL,             -- from 1
	part         TEXT NOT NULL,               -- check, penalty
	record_id    TEXT NOT NULL,
	cd_id        TEXT NOT NULL,               -- the record's name at the receiver
	label        TEXT NOT NULL,               -- for the office: whose it is
	href         TEXT NOT NULL,               -- where it is mended
	op           TEXT NOT NULL CHECK (op IN ('i', 'u', 'd')),
	digest       TEXT NOT NULL,               -- without the transfer's own fields
	body         TEXT NOT NULL,               -- cells, JSON
	answer       TEXT NOT NULL CHECK (answer IN ('', 'accepted', 'returned')),
	reason       TEXT NOT NULL,
	answered_at  BIGINT NOT NULL,             -- 0: not yet
	PRIMARY KEY (authority_id, target, serial, no),
	FOREIGN KEY (authority_id, target, serial) REFERENCES exchange_batch (authority_id, target, serial)
);

CREATE INDEX exchange_line_record ON exchange_line (authority_id, target, part, record_id);

CREATE TABLE exchange_receipt (
	authority_id TEXT NOT NULL,
	target       TEXT NOT NULL,
	serial       BIGINT NOT NULL,
	digest       TEXT NOT NULL,               -- of the file, SHA-256
	name         TEXT NOT NULL,
	accepted     BIGINT NOT NULL,
	returned     BIGINT NOT NULL,
	by_id        TEXT NOT NULL,
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, target, serial, digest),
	FOREIGN KEY (authority_id, target, serial) REFERENCES exchange_batch (authority_id, target, serial)
);

CREATE TABLE exchange_value (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	target       TEXT NOT NULL,               -- receiver
	subject      TEXT NOT NULL,               -- office, item/…, penalty/…, dict/…
	name         TEXT NOT NULL,               -- the fact, or our word
	value        TEXT NOT NULL,
	changed_by   TEXT NOT NULL,
	changed_name TEXT NOT NULL,
	changed_at   BIGINT NOT NULL,
	PRIMARY KEY (authority_id, target, subject, name)
);

CREATE TABLE federation_link (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	issuer       TEXT NOT NULL,               -- the provider's address, as it signs
	subject      TEXT NOT NULL,               -- as the provider calls the person, never an e-mail
	linked_at    BIGINT NOT NULL,
	linked_by    TEXT NOT NULL,               -- an account
	PRIMARY KEY (authority_id, account_id),
	UNIQUE (authority_id, issuer, subject),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE feedback_complaint (
	authority_id TEXT NOT NULL,
	ticket       TEXT NOT NULL,               -- what the firm looks the state up with
	form_id      TEXT NOT NULL,
	words        TEXT NOT NULL,
	contact      TEXT NOT NULL,               -- empty: without a name
	made_at      BIGINT NOT NULL,
	due_on       TEXT NOT NULL,
	answer       TEXT NOT NULL,
	answered_by  TEXT NOT NULL,
	answered_at  BIGINT NOT NULL,             -- 0: not yet
	PRIMARY KEY (authority_id, ticket),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE TABLE feedback_key (
	authority_id TEXT NOT NULL,
	purpose      TEXT NOT NULL CHECK (purpose = 'ballot'),
	secret       BYTEA NOT NULL,
	PRIMARY KEY (authority_id, purpose)
);

CREATE TABLE feedback_rating (
	authority_id TEXT NOT NULL,
	ballot       TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	answers      TEXT NOT NULL,               -- y or n for each of the questions, in their order
	words        TEXT NOT NULL,
	PRIMARY KEY (authority_id, ballot)
);

CREATE INDEX feedback_rating_round ON feedback_rating (authority_id, round_id);

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

CREATE TABLE identity_account (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	account_id   TEXT NOT NULL,
	username     TEXT NOT NULL,
	name         TEXT NOT NULL,
	password     TEXT NOT NULL,               -- argon2id, PHC string
	officer_id   TEXT NOT NULL,               -- empty: no officer of the register
	active       BOOLEAN NOT NULL,
	created_at   BIGINT NOT NULL, must_change BOOLEAN NOT NULL DEFAULT FALSE, changed_at BIGINT NOT NULL DEFAULT 0, epoch BIGINT NOT NULL DEFAULT 0, unit_id TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, account_id),
	UNIQUE (authority_id, username)
);

CREATE TABLE identity_authority (
	authority_id   TEXT PRIMARY KEY,          -- e.g. 130132-rs: the ledger's origin is suiji/<it>
	name           TEXT NOT NULL,             -- full legal name
	short_name     TEXT NOT NULL,
	area_code      TEXT NOT NULL,             -- GB/T 2260
	area_name      TEXT NOT NULL,
	phone          TEXT NOT NULL,
	hash           TEXT NOT NULL CHECK (hash IN ('sha256', 'sm3')),
	relaxed_duties BOOLEAN NOT NULL,          -- one person may hold excluding duties; stated in public
	demo           BOOLEAN NOT NULL
, draw_hash TEXT NOT NULL DEFAULT 'sha256' CHECK (draw_hash IN ('sha256', 'sm3')), operator TEXT NOT NULL DEFAULT '', address TEXT NOT NULL DEFAULT '', site_code TEXT NOT NULL DEFAULT '', icp TEXT NOT NULL DEFAULT '', police TEXT NOT NULL DEFAULT '');

CREATE TABLE identity_batch (
	authority_id TEXT NOT NULL,
	batch_id     TEXT NOT NULL,
	file_name    TEXT NOT NULL,
	uploaded_by  TEXT NOT NULL,
	uploaded_at  BIGINT NOT NULL,
	rows         TEXT NOT NULL,               -- JSON: what was read, row by row
	state        TEXT NOT NULL CHECK (state IN ('checked', 'written')),
	PRIMARY KEY (authority_id, batch_id)
);

CREATE TABLE identity_device (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	device_hash  TEXT NOT NULL,               -- SHA-256 of the cookie
	seen_at      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, account_id, device_hash),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE identity_grant (
	authority_id TEXT NOT NULL,
	grant_id     TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	roles        TEXT NOT NULL,               -- by commas; all of them, or those added until the end
	last_day     TEXT NOT NULL,               -- on which they hold; empty: for good
	reason       TEXT NOT NULL,
	asked_by     TEXT NOT NULL,
	asked_at     BIGINT NOT NULL,
	state        TEXT NOT NULL CHECK (state IN ('asked', 'granted', 'refused')),
	decided_by   TEXT NOT NULL,
	decided_at   BIGINT NOT NULL, unit_id TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, grant_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE UNIQUE INDEX identity_grant_open ON identity_grant (authority_id, account_id) WHERE state = 'asked';

CREATE TABLE identity_password (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	no           BIGINT NOT NULL,
	password     TEXT NOT NULL,               -- argon2id, PHC string
	PRIMARY KEY (authority_id, account_id, no),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE identity_recovery (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	code_hash    TEXT NOT NULL,               -- SHA-256 of 80 random bits
	PRIMARY KEY (authority_id, account_id, code_hash),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE identity_role (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	role         TEXT NOT NULL, ends_at BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (authority_id, account_id, role),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE identity_rules (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	part         TEXT NOT NULL CHECK (part = 'signin'),
	passwords    TEXT NOT NULL CHECK (passwords IN ('dengbao', 'modern')),
	second       TEXT NOT NULL,               -- roles that need a second factor, by commas
	PRIMARY KEY (authority_id, part)
);

CREATE TABLE identity_session (
	authority_id TEXT NOT NULL,               -- '' before sign-in
	token_hash   TEXT NOT NULL,               -- SHA-256 of the cookie's token
	data         BYTEA NOT NULL,
	expires_at   BIGINT NOT NULL,
	PRIMARY KEY (authority_id, token_hash)
);

CREATE TABLE identity_signin (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	signin_id    TEXT NOT NULL,
	epoch        BIGINT NOT NULL,             -- of the account, as its session has it
	started_at   BIGINT NOT NULL,
	seen_at      BIGINT NOT NULL,             -- to the minute
	address      TEXT NOT NULL,
	browser      TEXT NOT NULL,               -- in words, e.g. Chrome 78 · Windows
	PRIMARY KEY (authority_id, account_id, signin_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE identity_totp (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	secret       TEXT NOT NULL,               -- base32
	confirmed_at BIGINT NOT NULL,             -- 0: shown, and not yet tried
	last_step    BIGINT NOT NULL,             -- of thirty seconds: a code opens once
	PRIMARY KEY (authority_id, account_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE identity_unit (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	unit_id      TEXT NOT NULL,
	parent_id    TEXT NOT NULL,               -- empty: right below the authority; never changed
	name         TEXT NOT NULL,
	closed       BOOLEAN NOT NULL,
	PRIMARY KEY (authority_id, unit_id),
	UNIQUE (authority_id, name)
);

CREATE TABLE identity_unit_name (
	authority_id TEXT NOT NULL,
	name         TEXT NOT NULL,
	unit_id      TEXT NOT NULL,
	PRIMARY KEY (authority_id, name),
	FOREIGN KEY (authority_id, unit_id) REFERENCES identity_unit (authority_id, unit_id)
);

CREATE TABLE inspection_answer (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	item_id      TEXT NOT NULL,
	no           BIGINT NOT NULL,
	answer       TEXT NOT NULL CHECK (answer IN ('yes', 'no', 'na', 'skip')),
	note         TEXT NOT NULL,
	PRIMARY KEY (authority_id, form_id, item_id, no),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE TABLE inspection_attempt (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	no           BIGINT NOT NULL,
	tried_on     TEXT NOT NULL,               -- to reach a firm that cannot be found (R4)
	how          TEXT NOT NULL,
	PRIMARY KEY (authority_id, form_id, no),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE TABLE inspection_finding (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	no           BIGINT NOT NULL,
	fact         TEXT NOT NULL,
	measure      TEXT NOT NULL,
	due_on       TEXT NOT NULL,
	outcome      TEXT NOT NULL,               -- empty: open
	outcome_on   TEXT NOT NULL,
	outcome_note TEXT NOT NULL,
	closed_name  TEXT NOT NULL,
	confirmed    BOOLEAN NOT NULL,            -- stood in a confirmed conclusion: it can only be closed, not dropped
	PRIMARY KEY (authority_id, form_id, no),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE INDEX inspection_finding_open ON inspection_finding (authority_id, due_on) WHERE outcome = '';

CREATE TABLE "inspection_form" (
	authority_id   TEXT NOT NULL,
	form_id        TEXT NOT NULL,             -- serial number, public: 130132-rs.2022-1.0007
	round_id       TEXT NOT NULL,
	target_id      TEXT NOT NULL,
	no             BIGINT NOT NULL,           -- place in the drawn list, from 1
	code           TEXT NOT NULL,             -- 8 characters on paper and in the QR
	state          TEXT NOT NULL CHECK (state IN ('issued', 'entered', 'returned', 'confirmed')),
	started_on     TEXT NOT NULL,
	ended_on       TEXT NOT NULL,             -- the publication clock starts here
	firm_person    TEXT NOT NULL,             -- never public
	refusal        TEXT NOT NULL,
	summary        TEXT NOT NULL,
	evidence       TEXT NOT NULL,
	team           TEXT NOT NULL,             -- JSON: who carried it out, as they stood at the entry
	entered_by     TEXT NOT NULL,             -- account
	entered_name   TEXT NOT NULL,
	entered_at     BIGINT NOT NULL,
	confirmed_by   TEXT NOT NULL,
	confirmed_name TEXT NOT NULL,
	confirmed_at   BIGINT NOT NULL,           -- 0: not confirmed as it stands
	opinion        TEXT NOT NULL,             -- the reviewer's last words
	changed_name   TEXT NOT NULL,             -- who changed it last, for the second clerk
	changed_at     BIGINT NOT NULL,
	revision       BIGINT NOT NULL,
	slot           TEXT NOT NULL DEFAULT 'main', -- the department whose form it is
	PRIMARY KEY (authority_id, form_id),
	UNIQUE (authority_id, round_id, target_id, slot),
	UNIQUE (authority_id, code),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);

CREATE INDEX inspection_form_ended ON inspection_form (authority_id, round_id, ended_on);

CREATE INDEX inspection_form_entered ON inspection_form (authority_id, entered_at);

CREATE INDEX inspection_form_tally ON inspection_form (authority_id, round_id, slot, state);

CREATE INDEX inspection_form_target ON inspection_form (authority_id, target_id);

CREATE TABLE inspection_method (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	method       TEXT NOT NULL,               -- M1 … M6 (domain.md §3.5)
	PRIMARY KEY (authority_id, form_id, method),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE TABLE inspection_point (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,               -- every form of a round has the same points
	item_id      TEXT NOT NULL,
	no           BIGINT NOT NULL,
	item         TEXT NOT NULL,               -- the item's name; it and the text as they stood when the forms were issued
	text         TEXT NOT NULL,
	basis        TEXT NOT NULL, slot TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, round_id, item_id, no),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id)
);

CREATE TABLE inspection_result (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	code         TEXT NOT NULL,               -- R1 … R9e (domain.md §3.6)
	PRIMARY KEY (authority_id, form_id, code),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE TABLE inspection_review (
	authority_id TEXT NOT NULL,
	form_id      TEXT NOT NULL,
	no           BIGINT NOT NULL,
	verdict      TEXT NOT NULL CHECK (verdict IN ('confirmed', 'returned', 'reopened')),
	opinion      TEXT NOT NULL,
	name         TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, form_id, no),
	FOREIGN KEY (authority_id, form_id) REFERENCES inspection_form (authority_id, form_id)
);

CREATE TABLE intake_before (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	record_id    TEXT NOT NULL,
	content      TEXT NOT NULL,               -- JSON: the record as it stood before the import changed it
	PRIMARY KEY (authority_id, import_id, record_id),
	FOREIGN KEY (authority_id, import_id) REFERENCES intake_import (authority_id, import_id)
);

CREATE TABLE intake_import (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	list         TEXT NOT NULL CHECK (list IN ('targets', 'officers', 'items')),
	file_name    TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256 of the file
	state        TEXT NOT NULL CHECK (state IN ('reading', 'matching', 'checked', 'writing', 'written', 'undone', 'dropped', 'refused')),
	sentence     TEXT NOT NULL,               -- why it is refused, or what happened on the way
	head_row     BIGINT NOT NULL,             -- the row of the headings as a person named it; 0: found
	fields       TEXT NOT NULL,               -- JSON: what each column holds as a person said it; empty: found
	columns      TEXT NOT NULL,               -- JSON: each heading and what became of it
	sample       TEXT NOT NULL,               -- JSON: the first rows, while nobody knows the headings
	notes        TEXT NOT NULL,               -- JSON: sentences on the file as a whole
	follows      TEXT NOT NULL,               -- the import whose rows it repairs; empty: none
	done         BIGINT NOT NULL,             -- rows that the work under way has counted
	worker       TEXT NOT NULL,               -- the process that works on it
	lease        BIGINT NOT NULL,             -- until when the others leave it to that process, ms
	total        BIGINT NOT NULL,
	accepted     BIGINT NOT NULL,             -- rows that can be written, warned ones among them
	warned       BIGINT NOT NULL,
	rejected     BIGINT NOT NULL,
	merged       BIGINT NOT NULL,             -- of the accepted: said the same as a row above
	added        BIGINT NOT NULL,
	changed      BIGINT NOT NULL,
	unchanged    BIGINT NOT NULL,
	unlisted     BIGINT NOT NULL,             -- issues beyond those that are kept
	version      BIGINT NOT NULL,             -- the register's version after it; 0: not written or nothing changed
	checked_by   TEXT NOT NULL,               -- account
	checked_name TEXT NOT NULL,
	checked_at   BIGINT NOT NULL,
	written_name TEXT NOT NULL,
	written_at   BIGINT NOT NULL,
	undone_name  TEXT NOT NULL,
	undone_at    BIGINT NOT NULL, effective TEXT NOT NULL DEFAULT '', not_before TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, import_id)
);

CREATE INDEX intake_import_work ON intake_import (authority_id, lease) WHERE state IN ('reading', 'writing');

CREATE TABLE intake_issue (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	no           BIGINT NOT NULL,
	line         BIGINT NOT NULL,             -- row of the file as the user sees it, from 1
	cell         BIGINT NOT NULL,             -- column of the file, from 0; -1: the row as a whole
	col          TEXT NOT NULL,               -- column heading
	rule         TEXT NOT NULL,
	severity     TEXT NOT NULL CHECK (severity IN ('warn', 'reject')),
	value        TEXT NOT NULL,
	sentence     TEXT NOT NULL,
	PRIMARY KEY (authority_id, import_id, no),
	FOREIGN KEY (authority_id, import_id) REFERENCES intake_import (authority_id, import_id)
);

CREATE TABLE intake_mapping (
	authority_id TEXT NOT NULL,
	list         TEXT NOT NULL,
	shape        TEXT NOT NULL,               -- SHA-256 of the headings
	account_id   TEXT NOT NULL,               -- who said so
	fields       TEXT NOT NULL,               -- JSON: what each column holds
	head_row     BIGINT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, list, shape, account_id)
);

CREATE TABLE intake_sign (
	authority_id TEXT NOT NULL,
	import_id    TEXT NOT NULL,
	until        BIGINT NOT NULL,             -- the others leave the import to it until then, ms
	PRIMARY KEY (authority_id, import_id),
	FOREIGN KEY (authority_id, import_id) REFERENCES intake_import (authority_id, import_id)
);

CREATE TABLE ledger_checkpoint (
	authority_id TEXT NOT NULL,
	size         BIGINT NOT NULL,
	at           BIGINT NOT NULL,
	note         TEXT NOT NULL,
	PRIMARY KEY (authority_id, size)
);

CREATE TABLE ledger_cosignature (
	authority_id TEXT NOT NULL,
	size         BIGINT NOT NULL,             -- of the checkpoint
	witness      TEXT NOT NULL,               -- name+key hash
	at           BIGINT NOT NULL,             -- as the witness says, ms
	line         TEXT NOT NULL,               -- of the signed note
	PRIMARY KEY (authority_id, size, witness),
	FOREIGN KEY (authority_id, size) REFERENCES ledger_checkpoint (authority_id, size)
);

CREATE TABLE ledger_entry (
	authority_id TEXT NOT NULL,
	entry_id     TEXT NOT NULL,
	made         BIGINT NOT NULL,             -- microseconds; the order of the queue, ascending within a subject
	at           BIGINT NOT NULL,             -- as the entry says, ms
	type         TEXT NOT NULL,
	subject      TEXT NOT NULL,
	body         TEXT NOT NULL,               -- canonical JSON
	position     BIGINT,                      -- NULL until sequenced
	PRIMARY KEY (authority_id, entry_id),
	UNIQUE (authority_id, position)
);

CREATE INDEX ledger_entry_subject ON ledger_entry (authority_id, subject, made);

CREATE INDEX ledger_entry_waiting ON ledger_entry (authority_id, made) WHERE position IS NULL;

CREATE TABLE ledger_hash (
	authority_id TEXT NOT NULL,
	place        BIGINT NOT NULL,             -- tlog's stored hash index
	hash         BYTEA NOT NULL,
	PRIMARY KEY (authority_id, place)
);

CREATE TABLE ledger_signer (
	authority_id TEXT NOT NULL,
	algorithm    TEXT NOT NULL CHECK (algorithm = 'sm2'),
	signs        BOOLEAN NOT NULL,            -- the checkpoints to come
	verifier     TEXT NOT NULL,               -- note verifier key
	PRIMARY KEY (authority_id, algorithm)
);

CREATE TABLE ledger_trouble (
	authority_id TEXT NOT NULL,
	witness      TEXT NOT NULL,               -- name+key hash
	since        BIGINT NOT NULL,             -- ms
	code         TEXT NOT NULL,
	detail       TEXT NOT NULL,               -- what it answered, or what the network said
	PRIMARY KEY (authority_id, witness)
);

CREATE TABLE ledger_turn (
	authority_id TEXT NOT NULL,
	origin       TEXT NOT NULL,               -- of the tree
	turns        BIGINT NOT NULL,             -- written first by whoever extends or signs the tree, so that they queue
	PRIMARY KEY (authority_id, origin)
);

CREATE TABLE notice_address (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	email        TEXT NOT NULL,               -- never public
	PRIMARY KEY (authority_id, account_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE notice_attempt (
	authority_id TEXT NOT NULL,
	delivery_id  TEXT NOT NULL,
	no           BIGINT NOT NULL,
	at           BIGINT NOT NULL,
	answer       TEXT NOT NULL,               -- empty: accepted
	PRIMARY KEY (authority_id, delivery_id, no),
	FOREIGN KEY (authority_id, delivery_id) REFERENCES notice_delivery (authority_id, delivery_id)
);

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

CREATE TABLE notice_lease (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	job          TEXT NOT NULL,
	holder       TEXT NOT NULL,
	until        BIGINT NOT NULL,             -- ms; later than a lease can last: its clock was wrong
	day          TEXT NOT NULL,               -- last done for
	PRIMARY KEY (authority_id, job)
);

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

CREATE TABLE passkey_challenge (
	authority_id TEXT NOT NULL,
	account_id   TEXT NOT NULL,
	signin_id    TEXT NOT NULL,
	purpose      TEXT NOT NULL CHECK (purpose IN ('enrol', 'show')),
	session      TEXT NOT NULL,               -- JSON: the challenge and what was asked for with it
	asked_at     BIGINT NOT NULL,
	PRIMARY KEY (authority_id, account_id, signin_id, purpose),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE passkey_key (
	authority_id  TEXT NOT NULL,
	account_id    TEXT NOT NULL,
	key_id        TEXT NOT NULL,
	credential_id TEXT NOT NULL,              -- base64url, as the device calls it
	name          TEXT NOT NULL,              -- as its owner calls it
	credential    TEXT NOT NULL,              -- JSON: the public key, the counter, how it is reached
	created_at    BIGINT NOT NULL,
	used_at       BIGINT NOT NULL,            -- 0: not yet
	copied_at     BIGINT NOT NULL, host TEXT NOT NULL DEFAULT '',            -- 0: never; else its counter went back then, and it opens nothing any more
	PRIMARY KEY (authority_id, account_id, key_id),
	UNIQUE (authority_id, credential_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE plan (
	authority_id     TEXT NOT NULL,
	plan_id          TEXT NOT NULL,
	year             BIGINT NOT NULL,
	serial           BIGINT NOT NULL,         -- of the plans published for the year, from 1; 0: not published
	state            TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'approved', 'published', 'closed')),
	title            TEXT NOT NULL,
	number           TEXT NOT NULL,           -- 文号 元人社〔2022〕3号
	issuer           TEXT NOT NULL,
	issued_on        TEXT NOT NULL,
	addressees       TEXT NOT NULL,
	leader           TEXT NOT NULL,
	contact          TEXT NOT NULL,
	body             TEXT NOT NULL,           -- the document's text
	base_version     BIGINT NOT NULL,         -- the target register's version (抽查基数)
	base_count       BIGINT NOT NULL,
	base_on          TEXT NOT NULL,
	ratio            BIGINT NOT NULL,         -- floor for the year, basis points of the base
	rounding         TEXT NOT NULL CHECK (rounding IN ('', 'up')), -- empty: the plan does not say
	officers         BIGINT NOT NULL,         -- a team's size, at least 2
	field            TEXT NOT NULL,           -- field of enforcement that a team must have
	confirm_days     BIGINT NOT NULL,         -- working days
	publish_days     BIGINT NOT NULL,         -- from the end of each inspection
	publish_unit     TEXT NOT NULL CHECK (publish_unit IN ('days', 'workdays')),
	task_days        BIGINT NOT NULL,         -- working days from the end of the task
	archive_on       TEXT NOT NULL,
	disclosure       TEXT NOT NULL CHECK (disclosure IN ('at-once', 'digest-first', 'after-check')),
	rule_vanished    TEXT NOT NULL,           -- what becomes of a firm that has vanished
	rule_again       TEXT NOT NULL,           -- … that was drawn before
	rule_recusal     TEXT NOT NULL,
	floor_size       BIGINT NOT NULL,         -- a stratum below it is drawn whole
	drafted_by       TEXT NOT NULL,
	submitted_by     TEXT NOT NULL,
	approved_by      TEXT NOT NULL,
	approved_digest  TEXT NOT NULL,           -- of exactly what the leader saw
	opinion          TEXT NOT NULL,
	reason           TEXT NOT NULL,           -- why it was last returned
	published_at     BIGINT NOT NULL,
	digest           TEXT NOT NULL,           -- of the public record, as in the ledger
	revision         BIGINT NOT NULL,         -- for the second clerk
	saved_by         TEXT NOT NULL,           -- name of who saved last
	saved_at         BIGINT NOT NULL, root_id TEXT NOT NULL DEFAULT '', version BIGINT NOT NULL DEFAULT 1, amends TEXT NOT NULL DEFAULT '', amend_reason TEXT NOT NULL DEFAULT '', replaced BOOLEAN NOT NULL DEFAULT FALSE, caps TEXT NOT NULL DEFAULT '', leave_days BIGINT NOT NULL DEFAULT 0,
	PRIMARY KEY (authority_id, plan_id)
);

CREATE UNIQUE INDEX plan_version ON plan (authority_id, root_id, version);

CREATE TABLE plan_basis (
	authority_id TEXT NOT NULL,
	plan_id      TEXT NOT NULL,
	no           BIGINT NOT NULL,
	number       TEXT NOT NULL,
	title        TEXT NOT NULL,
	issuer       TEXT NOT NULL,
	PRIMARY KEY (authority_id, plan_id, no),
	FOREIGN KEY (authority_id, plan_id) REFERENCES plan (authority_id, plan_id)
);

CREATE TABLE plan_item (
	authority_id TEXT NOT NULL,
	plan_id      TEXT NOT NULL,
	task_no      BIGINT NOT NULL,
	item_id      TEXT NOT NULL,
	name         TEXT NOT NULL,               -- as it stood when the plan was saved
	basis        TEXT NOT NULL, slot TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, plan_id, task_no, item_id),
	FOREIGN KEY (authority_id, plan_id, task_no) REFERENCES plan_task (authority_id, plan_id, task_no),
	FOREIGN KEY (authority_id, item_id) REFERENCES register_item (authority_id, item_id)
);

CREATE TABLE plan_slot (
	authority_id TEXT NOT NULL,
	plan_id      TEXT NOT NULL,
	task_no      BIGINT NOT NULL,
	no           BIGINT NOT NULL,             -- 1 leads
	name         TEXT NOT NULL,               -- as in the manifest of a draw
	title        TEXT NOT NULL,               -- the department
	units        TEXT NOT NULL,               -- of the officers' register, joined by 、; empty: any
	field        TEXT NOT NULL,               -- 执法领域; empty: any
	size         BIGINT NOT NULL,             -- officers for each firm
	tag          TEXT NOT NULL,               -- only firms with this tag; empty: all
	area         TEXT NOT NULL,               -- only where people work here; empty: anywhere
	firms        TEXT NOT NULL,               -- of each stratum, when the base was counted
	PRIMARY KEY (authority_id, plan_id, task_no, no),
	UNIQUE (authority_id, plan_id, task_no, name),
	FOREIGN KEY (authority_id, plan_id, task_no) REFERENCES plan_task (authority_id, plan_id, task_no)
);

CREATE TABLE plan_stratum (
	authority_id TEXT NOT NULL,
	plan_id      TEXT NOT NULL,
	task_no      BIGINT NOT NULL,
	no           BIGINT NOT NULL,             -- a firm belongs to the first one whose tag it has
	name         TEXT NOT NULL,               -- identifier, as in the manifest
	title        TEXT NOT NULL,
	tag          TEXT NOT NULL,               -- empty: all that are left
	ratio        BIGINT NOT NULL,             -- basis points a year
	reserve      BIGINT NOT NULL,             -- reserves a round
	size         BIGINT NOT NULL, number BIGINT NOT NULL DEFAULT 0, capped BIGINT NOT NULL DEFAULT 0, area TEXT NOT NULL DEFAULT '',             -- firms when the base was counted
	PRIMARY KEY (authority_id, plan_id, task_no, no),
	UNIQUE (authority_id, plan_id, task_no, name),
	FOREIGN KEY (authority_id, plan_id, task_no) REFERENCES plan_task (authority_id, plan_id, task_no)
);

CREATE TABLE plan_task (
	authority_id TEXT NOT NULL,
	plan_id      TEXT NOT NULL,
	task_no      BIGINT NOT NULL,
	name         TEXT NOT NULL,
	directed     BOOLEAN NOT NULL,            -- 定向
	scope_kind   TEXT NOT NULL,               -- empty: every kind
	scope_tag    TEXT NOT NULL,               -- empty: every firm
	scope_area   TEXT NOT NULL,               -- empty: the whole area
	method       TEXT NOT NULL,
	lead         TEXT NOT NULL,               -- 发起部门
	units        TEXT NOT NULL,               -- 参与部门、科室
	level        TEXT NOT NULL,               -- 实施层级, 县抽县查
	note         TEXT NOT NULL,
	PRIMARY KEY (authority_id, plan_id, task_no),
	FOREIGN KEY (authority_id, plan_id) REFERENCES plan (authority_id, plan_id)
);

CREATE TABLE plan_ticket (
	authority_id TEXT NOT NULL,
	plan_id      TEXT NOT NULL,
	task_no      BIGINT NOT NULL,
	tag          TEXT NOT NULL,
	tickets      BIGINT NOT NULL,             -- 1 to 1000; several tags: the most
	PRIMARY KEY (authority_id, plan_id, task_no, tag),
	FOREIGN KEY (authority_id, plan_id, task_no) REFERENCES plan_task (authority_id, plan_id, task_no)
);

CREATE TABLE plan_window (
	authority_id TEXT NOT NULL,
	plan_id      TEXT NOT NULL,
	no           BIGINT NOT NULL,             -- the round of the year, from 1
	starts_on    TEXT NOT NULL,
	ends_on      TEXT NOT NULL,
	PRIMARY KEY (authority_id, plan_id, no),
	FOREIGN KEY (authority_id, plan_id) REFERENCES plan (authority_id, plan_id)
);

CREATE TABLE proof_file (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	digest       TEXT NOT NULL,               -- SHA-256 of the file, and its name in the directory
	name         TEXT NOT NULL,               -- as it was uploaded
	kind         TEXT NOT NULL CHECK (kind IN ('pdf', 'jpg', 'png')),
	size         BIGINT NOT NULL,
	kept_by      TEXT NOT NULL,
	kept_at      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, digest)
);

CREATE TABLE reference_day (
	year    BIGINT NOT NULL,                  -- the notice's year
	day     TEXT NOT NULL,
	work    BOOLEAN NOT NULL,                 -- a working day made up; false: a day of rest
	name    TEXT NOT NULL,
	PRIMARY KEY (year, day)
);

CREATE TABLE register_item (
	authority_id TEXT NOT NULL,
	item_id      TEXT NOT NULL,               -- made of code, or of category, name and sub where there is none
	code         TEXT NOT NULL,               -- 监管事项目录编码; empty: none
	category     TEXT NOT NULL,               -- 抽查类别
	name         TEXT NOT NULL,               -- 抽查事项
	sub          TEXT NOT NULL,               -- 抽查子项; empty: none
	subject      TEXT NOT NULL,               -- 检查对象
	level        TEXT NOT NULL CHECK (level IN ('general', 'key')),
	method       TEXT NOT NULL,
	ratio        TEXT NOT NULL,               -- in the office's own words
	frequency    TEXT NOT NULL,
	body         TEXT NOT NULL,               -- 检查主体
	basis        TEXT NOT NULL,               -- empty: not usable
	staff        TEXT NOT NULL,               -- 检查人员要求
	note         TEXT NOT NULL,
	published_on TEXT NOT NULL,               -- empty: not published, so not usable
	place        BIGINT NOT NULL,             -- where it stands in the list: as in the file that brought it
	search       TEXT NOT NULL,
	digest       BYTEA NOT NULL,
	active       BOOLEAN NOT NULL,
	reason       TEXT NOT NULL,
	version      BIGINT NOT NULL, since TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, item_id)
);

CREATE TABLE register_item_past (
	authority_id TEXT NOT NULL,
	item_id      TEXT NOT NULL,
	code         TEXT NOT NULL,
	category     TEXT NOT NULL,
	name         TEXT NOT NULL,
	sub          TEXT NOT NULL,
	subject      TEXT NOT NULL,
	level        TEXT NOT NULL,
	method       TEXT NOT NULL,
	ratio        TEXT NOT NULL,
	frequency    TEXT NOT NULL,
	body         TEXT NOT NULL,
	basis        TEXT NOT NULL,
	staff        TEXT NOT NULL,
	note         TEXT NOT NULL,
	published_on TEXT NOT NULL,
	place        BIGINT NOT NULL,
	active       BOOLEAN NOT NULL,
	reason       TEXT NOT NULL,
	version      BIGINT NOT NULL,
	since        TEXT NOT NULL,
	search       TEXT NOT NULL,
	digest       BYTEA NOT NULL,
	until        TEXT NOT NULL,
	until_version BIGINT NOT NULL,
	PRIMARY KEY (authority_id, item_id, version),
	FOREIGN KEY (authority_id, item_id) REFERENCES register_item (authority_id, item_id)
);

CREATE TABLE register_item_past_point (
	authority_id TEXT NOT NULL,
	item_id      TEXT NOT NULL,
	version      BIGINT NOT NULL,
	no           BIGINT NOT NULL,
	text         TEXT NOT NULL,
	basis        TEXT NOT NULL,
	PRIMARY KEY (authority_id, item_id, version, no),
	FOREIGN KEY (authority_id, item_id, version) REFERENCES register_item_past (authority_id, item_id, version)
);

CREATE TABLE register_item_point (
	authority_id TEXT NOT NULL,
	item_id      TEXT NOT NULL,
	no           BIGINT NOT NULL,
	text         TEXT NOT NULL,               -- 检查内容 (要点)
	basis        TEXT NOT NULL,
	PRIMARY KEY (authority_id, item_id, no),
	FOREIGN KEY (authority_id, item_id) REFERENCES register_item (authority_id, item_id)
);

CREATE TABLE register_officer (
	authority_id TEXT NOT NULL,
	officer_id   TEXT NOT NULL,               -- made of cert_no: one certificate, one id
	cert_no      TEXT NOT NULL,               -- enforcement certificate (执法证号)
	cert_kind    TEXT NOT NULL,
	cert_until   TEXT NOT NULL,               -- last day of validity
	name         TEXT NOT NULL,
	unit         TEXT NOT NULL,
	post         TEXT NOT NULL,
	phone        TEXT NOT NULL,               -- never public
	fields       TEXT NOT NULL,               -- as in register_officer_field, sorted, one a line
	search       TEXT NOT NULL,               -- folded name, certificate and unit
	digest       BYTEA NOT NULL,
	active       BOOLEAN NOT NULL,
	reason       TEXT NOT NULL,               -- why withdrawn: transferred, retired, …
	version      BIGINT NOT NULL, since TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, officer_id)
);

CREATE TABLE register_officer_field (
	authority_id TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	field        TEXT NOT NULL,               -- 执法领域
	PRIMARY KEY (authority_id, officer_id, field),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE TABLE register_officer_past (
	authority_id TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	cert_no      TEXT NOT NULL,
	cert_kind    TEXT NOT NULL,
	cert_until   TEXT NOT NULL,
	name         TEXT NOT NULL,
	unit         TEXT NOT NULL,
	post         TEXT NOT NULL,
	phone        TEXT NOT NULL,
	fields       TEXT NOT NULL,
	active       BOOLEAN NOT NULL,
	reason       TEXT NOT NULL,
	version      BIGINT NOT NULL,
	since        TEXT NOT NULL,
	search       TEXT NOT NULL,
	digest       BYTEA NOT NULL,
	until        TEXT NOT NULL,
	until_version BIGINT NOT NULL,
	PRIMARY KEY (authority_id, officer_id, version),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE TABLE register_recusal (
	authority_id TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	reason       TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, officer_id, target_id),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id),
	FOREIGN KEY (authority_id, target_id) REFERENCES register_target (authority_id, target_id)
);

CREATE TABLE register_target (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,               -- the draw's identifier, made of code: one code, one id
	code         TEXT NOT NULL,               -- the number as normalised
	code_kind    TEXT NOT NULL CHECK (code_kind IN ('uscc', 'registration', 'other')),
	name         TEXT NOT NULL,
	kind         TEXT NOT NULL,               -- 企业, 个体工商户, … (domain.md §3.4)
	state        TEXT NOT NULL,               -- 存续, 注销, …
	established  TEXT NOT NULL,
	area_code    TEXT NOT NULL,               -- where it is, as stated; never from the code's digits
	area_name    TEXT NOT NULL,
	address      TEXT NOT NULL,               -- registered
	work_address TEXT NOT NULL,               -- place of employment (decides jurisdiction)
	industry     TEXT NOT NULL,
	scope        TEXT NOT NULL,
	contact      TEXT NOT NULL,               -- never public
	phone        TEXT NOT NULL,               -- never public
	source       TEXT NOT NULL,
	tags         TEXT NOT NULL,               -- as in register_target_tag, sorted, one a line
	digest       BYTEA NOT NULL,              -- SHA-256 of the record's canonical JSON
	active       BOOLEAN NOT NULL,            -- in the register
	reason       TEXT NOT NULL,               -- why it was withdrawn
	version      BIGINT NOT NULL, since TEXT NOT NULL DEFAULT '', numbers TEXT NOT NULL DEFAULT '', places TEXT NOT NULL DEFAULT '',             -- the register's version that last changed it
	PRIMARY KEY (authority_id, target_id)
);

CREATE INDEX register_target_name ON register_target (authority_id, name);

CREATE INDEX register_target_since ON register_target (authority_id, since);

CREATE TABLE register_target_past (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	code         TEXT NOT NULL,
	code_kind    TEXT NOT NULL,
	name         TEXT NOT NULL,
	kind         TEXT NOT NULL,
	state        TEXT NOT NULL,
	established  TEXT NOT NULL,
	area_code    TEXT NOT NULL,
	area_name    TEXT NOT NULL,
	address      TEXT NOT NULL,
	work_address TEXT NOT NULL,
	industry     TEXT NOT NULL,
	scope        TEXT NOT NULL,
	contact      TEXT NOT NULL,
	phone        TEXT NOT NULL,
	source       TEXT NOT NULL,
	tags         TEXT NOT NULL,
	active       BOOLEAN NOT NULL,
	reason       TEXT NOT NULL,
	version      BIGINT NOT NULL,             -- that began the state
	since        TEXT NOT NULL,
	digest       BYTEA NOT NULL,
	until        TEXT NOT NULL,
	until_version BIGINT NOT NULL, numbers TEXT NOT NULL DEFAULT '', places TEXT NOT NULL DEFAULT '',            -- that ended it
	PRIMARY KEY (authority_id, target_id, version),
	FOREIGN KEY (authority_id, target_id) REFERENCES register_target (authority_id, target_id)
);

CREATE INDEX register_target_past_since ON register_target_past (authority_id, since);

CREATE INDEX register_target_past_until ON register_target_past (authority_id, until);

CREATE TABLE register_target_tag (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	tag          TEXT NOT NULL,               -- 投诉举报多, 劳务派遣, 信用风险D, …
	PRIMARY KEY (authority_id, target_id, tag),
	FOREIGN KEY (authority_id, target_id) REFERENCES register_target (authority_id, target_id)
);

CREATE INDEX register_target_tag_tag ON register_target_tag (authority_id, tag, target_id);

CREATE TABLE register_turn (
	authority_id TEXT NOT NULL,
	list         TEXT NOT NULL,
	turns        BIGINT NOT NULL,             -- written first by every change, so that changes of a list queue
	PRIMARY KEY (authority_id, list)
);

CREATE TABLE register_version (
	authority_id TEXT NOT NULL,
	list         TEXT NOT NULL,
	version      BIGINT NOT NULL,             -- from 1
	at           BIGINT NOT NULL,
	count        BIGINT NOT NULL,             -- records in force
	root         TEXT NOT NULL,               -- root over the list's lines, hex
	import_id    TEXT NOT NULL,               -- empty: changed by hand
	added        BIGINT NOT NULL,
	changed      BIGINT NOT NULL,
	withdrawn    BIGINT NOT NULL,
	by_name      TEXT NOT NULL, effective TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, list, version)
);

CREATE TABLE report_question (
	authority_id  TEXT NOT NULL REFERENCES identity_authority,
	no            BIGINT NOT NULL,             -- from 1
	title         TEXT NOT NULL,
	words         TEXT NOT NULL,
	asked_name    TEXT NOT NULL,
	asked_at      BIGINT NOT NULL,
	to_unit       TEXT NOT NULL,               -- empty: not sent
	number        TEXT NOT NULL,
	sent_on       TEXT NOT NULL,
	sent_name     TEXT NOT NULL,
	answer        TEXT NOT NULL,               -- empty: none yet
	answer_number TEXT NOT NULL,
	answered_on   TEXT NOT NULL,
	answered_name TEXT NOT NULL,               -- who entered it
	PRIMARY KEY (authority_id, no)
);

CREATE TABLE report_summary (
	authority_id   TEXT NOT NULL REFERENCES identity_authority,
	kind           TEXT NOT NULL CHECK (kind IN ('round', 'year')),
	subject        TEXT NOT NULL,               -- the round's id, or the year
	no             BIGINT NOT NULL,             -- from 1; a further one may follow an approved one
	state          TEXT NOT NULL CHECK (state IN ('drafted', 'submitted', 'approved')),
	content        TEXT NOT NULL,               -- JSON: numbers as they were counted, people's words
	digest         TEXT NOT NULL,               -- of the content; empty: not submitted
	revision       BIGINT NOT NULL,
	changed_name   TEXT NOT NULL,
	changed_at     BIGINT NOT NULL,
	submitted_by   TEXT NOT NULL,
	submitted_name TEXT NOT NULL,
	submitted_at   BIGINT NOT NULL,
	decided_name   TEXT NOT NULL,
	decided_at     BIGINT NOT NULL,
	opinion        TEXT NOT NULL,
	PRIMARY KEY (authority_id, kind, subject, no)
);

CREATE UNIQUE INDEX report_summary_open ON report_summary (authority_id, kind, subject) WHERE state <> 'approved';

CREATE TABLE report_upward (
	authority_id  TEXT NOT NULL REFERENCES identity_authority,
	no            BIGINT NOT NULL,             -- from 1
	kind          TEXT NOT NULL CHECK (kind IN ('week', 'month')),
	from_on       TEXT NOT NULL,
	to_on         TEXT NOT NULL,
	content       TEXT NOT NULL,               -- JSON, as it was counted
	digest        TEXT NOT NULL,
	made_name     TEXT NOT NULL,
	made_at       BIGINT NOT NULL,
	to_unit       TEXT NOT NULL,               -- empty: not sent
	number        TEXT NOT NULL,               -- the letter's
	sent_on       TEXT NOT NULL,
	sent_name     TEXT NOT NULL,
	receipt       TEXT NOT NULL,               -- its number, or who signed; empty: none yet
	received_on   TEXT NOT NULL,
	received_name TEXT NOT NULL,               -- who entered it
	PRIMARY KEY (authority_id, no),
	UNIQUE (authority_id, kind, from_on)
);

CREATE TABLE roster_certificate (
	authority_id TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	number       TEXT NOT NULL,
	starts       TEXT NOT NULL,               -- first day of validity; a renewal has another
	issuer       TEXT NOT NULL,
	kind         TEXT NOT NULL,
	fields       TEXT NOT NULL,               -- one a line
	until        TEXT NOT NULL,               -- last day of validity
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, officer_id, number, starts),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE TABLE roster_declaration (
	authority_id   TEXT NOT NULL,
	declaration_id TEXT NOT NULL,
	officer_id     TEXT NOT NULL,
	target_id      TEXT NOT NULL,
	kind           TEXT NOT NULL,             -- 亲属, 曾任职, 持股, 其他
	reason         TEXT NOT NULL,             -- never public
	declared_by    TEXT NOT NULL,
	declared_on    TEXT NOT NULL,             -- empty: not known
	by_name        TEXT NOT NULL,
	at             BIGINT NOT NULL,
	ended_on       TEXT NOT NULL,             -- empty: in force
	end_reason     TEXT NOT NULL,
	ended_name     TEXT NOT NULL,
	PRIMARY KEY (authority_id, declaration_id),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id),
	FOREIGN KEY (authority_id, target_id) REFERENCES register_target (authority_id, target_id)
);

CREATE UNIQUE INDEX roster_declaration_open ON roster_declaration (authority_id, officer_id, target_id, kind) WHERE ended_on = '';

CREATE TABLE roster_duty (
	authority_id TEXT NOT NULL,
	duty_id      TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	kind         TEXT NOT NULL,               -- 休假, 培训, 值班, …
	starts       TEXT NOT NULL,
	until        TEXT NOT NULL,
	note         TEXT NOT NULL,
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	cancelled    TEXT NOT NULL,               -- why it no longer counts; empty: it counts
	PRIMARY KEY (authority_id, duty_id),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE INDEX roster_duty_days ON roster_duty (authority_id, starts);

CREATE UNIQUE INDEX roster_duty_once ON roster_duty (authority_id, officer_id, kind, starts, until) WHERE cancelled = '';

CREATE TABLE roster_kept_out (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	half         TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	reason       TEXT NOT NULL,
	PRIMARY KEY (authority_id, round_id, half, officer_id),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE TABLE roster_rule (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	rule         TEXT NOT NULL CHECK (rule IN ('leave', 'training')),
	choice       TEXT NOT NULL,
	PRIMARY KEY (authority_id, rule)
);

CREATE TABLE roster_standing (
	authority_id TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	number       TEXT NOT NULL,
	no           BIGINT NOT NULL,             -- from 1
	standing     TEXT NOT NULL CHECK (standing IN ('valid', 'suspended', 'revoked')),
	since        TEXT NOT NULL,               -- the first day on which it holds
	reason       TEXT NOT NULL,
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, officer_id, number, no),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE TABLE roster_training (
	authority_id TEXT NOT NULL,
	training_id  TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	kind         TEXT NOT NULL,               -- 培训, 考核
	course       TEXT NOT NULL,
	day          TEXT NOT NULL,
	tenths       BIGINT NOT NULL,             -- of hours
	score        TEXT NOT NULL,
	passed       BOOLEAN NOT NULL,
	valid_until  TEXT NOT NULL,               -- empty: no end
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, training_id),
	UNIQUE (authority_id, officer_id, kind, course, day),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE INDEX roster_training_day ON roster_training (authority_id, day);

CREATE TABLE round (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,               -- public: 130132-rs.2022-1
	plan_id      TEXT NOT NULL,
	task_no      BIGINT NOT NULL,
	window_no    BIGINT NOT NULL,
	rehearsal    BOOLEAN NOT NULL,
	attempt      BIGINT NOT NULL,             -- from 1, one more after each abandoned one
	previous     TEXT NOT NULL,               -- the abandoned round's id; empty: none
	state        TEXT NOT NULL,               -- round.State
	disclosure   TEXT NOT NULL,
	disclose_by  TEXT NOT NULL,
	operator     TEXT NOT NULL,               -- account ids, for the three duties
	list_admin   TEXT NOT NULL,
	frozen_at    BIGINT NOT NULL,
	drawn_at     BIGINT NOT NULL,
	confirm_due  TEXT NOT NULL,
	confirmed_at BIGINT NOT NULL,
	matched_at   BIGINT NOT NULL,
	closed_at    BIGINT NOT NULL,
	reason       TEXT NOT NULL, hash TEXT NOT NULL DEFAULT 'sha256' CHECK (hash IN ('sha256', 'sm3')),               -- why abandoned
	PRIMARY KEY (authority_id, round_id),
	FOREIGN KEY (authority_id, plan_id) REFERENCES plan (authority_id, plan_id)
);

CREATE TABLE round_chunk (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	half         TEXT NOT NULL,
	list         TEXT NOT NULL,
	no           BIGINT NOT NULL,
	content      BYTEA NOT NULL,              -- whole lines, about 256 KiB
	PRIMARY KEY (authority_id, round_id, half, list, no),
	FOREIGN KEY (authority_id, round_id, half, list) REFERENCES round_list (authority_id, round_id, half, list)
);

CREATE TABLE round_draw (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	half         TEXT NOT NULL,               -- targets; match, after an abandoned one match-2, …
	state        TEXT NOT NULL CHECK (state IN ('frozen', 'sealed', 'drawn', 'abandoned')),
	manifest     TEXT NOT NULL,               -- canonical JSON; empty until sealed
	digest       TEXT NOT NULL,
	sealed_at    BIGINT NOT NULL,
	reveal       TEXT NOT NULL,
	result       TEXT NOT NULL,
	drawn_at     BIGINT NOT NULL,
	tree_size    BIGINT NOT NULL,             -- checkpoint that the disclosed bundle stands on; 0: not disclosed
	bundle       TEXT NOT NULL,               -- SHA-256 of the disclosed bundle
	PRIMARY KEY (authority_id, round_id, half),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id)
);

CREATE TABLE round_list (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	half         TEXT NOT NULL,
	list         TEXT NOT NULL CHECK (list IN ('targets', 'excluded', 'officers', 'recusals')),
	count        BIGINT NOT NULL,
	root         TEXT NOT NULL,
	PRIMARY KEY (authority_id, round_id, half, list),
	FOREIGN KEY (authority_id, round_id, half) REFERENCES round_draw (authority_id, round_id, half)
);

CREATE TABLE round_officer (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	slot         TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	place        BIGINT NOT NULL,             -- drawn: 1..size; reserves: size+1…
	state        TEXT NOT NULL CHECK (state IN ('team', 'reserve', 'replaced', 'passed')), by_hand BOOLEAN NOT NULL DEFAULT FALSE,
	PRIMARY KEY (authority_id, round_id, target_id, slot, officer_id),
	UNIQUE (authority_id, round_id, target_id, slot, place),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE TABLE round_quota (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	no           BIGINT NOT NULL,
	name         TEXT NOT NULL,
	title        TEXT NOT NULL,
	size         BIGINT NOT NULL,             -- firms of the stratum in the frozen list
	base         BIGINT NOT NULL,             -- firms of the stratum in the whole base of the year
	need         BIGINT NOT NULL,             -- still to draw this year
	draw         BIGINT NOT NULL,
	reserve      BIGINT NOT NULL,
	PRIMARY KEY (authority_id, round_id, no),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id)
);

CREATE TABLE round_removal (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	reason       TEXT NOT NULL,               -- code: closed, moved, no-activity, …
	evidence     TEXT NOT NULL,
	proposed_by  TEXT NOT NULL,
	proposed_at  BIGINT NOT NULL,
	decided_by   TEXT NOT NULL,
	decided_at   BIGINT NOT NULL,
	approved     BOOLEAN NOT NULL,
	promoted     TEXT NOT NULL,               -- the reserve that took the place; empty: none left
	salt         TEXT NOT NULL, proof TEXT NOT NULL DEFAULT '', proof_salt TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, round_id, target_id),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);

CREATE TABLE round_source (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	half         TEXT NOT NULL,
	no           BIGINT NOT NULL,
	name         TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('committed', 'public', 'drand')),
	by           TEXT NOT NULL,               -- bureau, witness; empty: public, drand
	who          TEXT NOT NULL,               -- the witness's role in words
	how          TEXT NOT NULL,
	commitment   TEXT NOT NULL,
	secret       TEXT NOT NULL,               -- the bureau's own, until it is revealed
	chain        TEXT NOT NULL,               -- drand: the chain's hash
	beacon       BIGINT NOT NULL,             -- drand: the round; else 0
	value        TEXT NOT NULL,               -- as revealed or rolled; empty: not yet
	signature    TEXT NOT NULL,               -- drand: of the round, verified; empty: not yet
	PRIMARY KEY (authority_id, round_id, half, no),
	UNIQUE (authority_id, round_id, half, name),
	FOREIGN KEY (authority_id, round_id, half) REFERENCES round_draw (authority_id, round_id, half)
);

CREATE TABLE round_substitution (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	no           BIGINT NOT NULL,
	target_id    TEXT NOT NULL,
	slot         TEXT NOT NULL,
	officer_id   TEXT NOT NULL,               -- who cannot come
	reason       TEXT NOT NULL,
	evidence     TEXT NOT NULL,
	substitute   TEXT NOT NULL,               -- who came; empty: not decided, or none left
	passed       TEXT NOT NULL,               -- JSON: ranks passed over, each with its reason
	proposed_by  TEXT NOT NULL,
	proposed_at  BIGINT NOT NULL,
	decided_by   TEXT NOT NULL,
	decided_at   BIGINT NOT NULL,
	approved     BOOLEAN NOT NULL,
	salt         TEXT NOT NULL, proof TEXT NOT NULL DEFAULT '', proof_salt TEXT NOT NULL DEFAULT '', by_hand TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (authority_id, round_id, no),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id)
);

CREATE TABLE "round_target" (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	stratum      TEXT NOT NULL,
	rank         BIGINT NOT NULL,             -- in the stratum, from 1; reserves go on counting
	state        TEXT NOT NULL CHECK (state IN ('drawn', 'reserve', 'removing', 'removed', 'promoted', 'confirmed')),
	slots        TEXT NOT NULL DEFAULT 'main',
	PRIMARY KEY (authority_id, round_id, target_id),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id),
	FOREIGN KEY (authority_id, target_id) REFERENCES register_target (authority_id, target_id)
);

CREATE INDEX round_target_reserve ON round_target (authority_id, round_id, stratum, rank) WHERE state = 'reserve';

CREATE TABLE schedule_before (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	PRIMARY KEY (authority_id, round_id, target_id),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);

CREATE TABLE schedule_booking (
	authority_id TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('officer', 'vehicle')),
	thing        TEXT NOT NULL,
	day          TEXT NOT NULL,
	half         TEXT NOT NULL CHECK (half IN ('am', 'pm')),
	round_id     TEXT NOT NULL,
	team         TEXT NOT NULL,
	PRIMARY KEY (authority_id, kind, thing, day, half),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id)
);

CREATE TABLE schedule_item (
	authority_id TEXT NOT NULL,
	item_id      TEXT NOT NULL,
	unannounced  BOOLEAN NOT NULL,
	prepare      TEXT NOT NULL,               -- one a line
	PRIMARY KEY (authority_id, item_id),
	FOREIGN KEY (authority_id, item_id) REFERENCES register_item (authority_id, item_id)
);

CREATE TABLE schedule_line (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	version      BIGINT NOT NULL,
	target_id    TEXT NOT NULL,
	line         TEXT NOT NULL,               -- JSON: who, what, when, items
	PRIMARY KEY (authority_id, round_id, version, target_id),
	FOREIGN KEY (authority_id, round_id, version) REFERENCES schedule_version (authority_id, round_id, version)
);

CREATE TABLE schedule_notice (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	line         TEXT NOT NULL,               -- what was approved and told
	way          TEXT NOT NULL CHECK (way IN ('letter', 'phone', 'person')),
	day          TEXT NOT NULL,
	receipt      TEXT NOT NULL,               -- who took it, the number of the letter
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, round_id, target_id, way, day),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);

CREATE TABLE schedule_paper (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256 of the file
	name         TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('pdf', 'jpg', 'png')),
	size         BIGINT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, round_id, target_id, digest),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);

CREATE TABLE schedule_place (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	lat          DOUBLE PRECISION NOT NULL,   -- degrees, WGS 84
	lon          DOUBLE PRECISION NOT NULL,
	source       TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, target_id),
	FOREIGN KEY (authority_id, target_id) REFERENCES register_target (authority_id, target_id)
);

CREATE TABLE schedule_pledge (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- SHA-256 of the text as it was shown
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, round_id, officer_id),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE TABLE schedule_urgent (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	no           BIGINT NOT NULL,             -- from 1
	reason       TEXT NOT NULL,
	day          TEXT NOT NULL,
	made_by      TEXT NOT NULL,
	made_name    TEXT NOT NULL,
	made_at      BIGINT NOT NULL,
	due_at       BIGINT NOT NULL,
	verdict      TEXT NOT NULL CHECK (verdict IN ('', 'approved', 'refused')),
	decided_by   TEXT NOT NULL,
	decided_name TEXT NOT NULL,
	decided_at   BIGINT NOT NULL,
	opinion      TEXT NOT NULL,
	PRIMARY KEY (authority_id, round_id, target_id, no),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);

CREATE TABLE schedule_vehicle (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	plate        TEXT NOT NULL,
	seats        BIGINT NOT NULL,             -- the driver's among them
	note         TEXT NOT NULL,               -- driver, kind
	active       BOOLEAN NOT NULL,
	PRIMARY KEY (authority_id, plate)
);

CREATE TABLE schedule_version (
	authority_id   TEXT NOT NULL,
	round_id       TEXT NOT NULL,
	version        BIGINT NOT NULL,           -- from 1
	state          TEXT NOT NULL CHECK (state IN ('submitted', 'approved', 'returned', 'replaced')),
	digest         TEXT NOT NULL,             -- SHA-256 of the lines
	firms          BIGINT NOT NULL,
	first_day      TEXT NOT NULL,
	submitted_by   TEXT NOT NULL,
	submitted_name TEXT NOT NULL,
	submitted_at   BIGINT NOT NULL,
	decided_by     TEXT NOT NULL,
	decided_name   TEXT NOT NULL,
	decided_at     BIGINT NOT NULL,
	opinion        TEXT NOT NULL,
	PRIMARY KEY (authority_id, round_id, version),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id)
);

CREATE TABLE schedule_visit (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	mode         TEXT NOT NULL CHECK (mode IN ('on-site', 'written')),
	day          TEXT NOT NULL,               -- empty: not placed; of a written review, the last day for its papers
	half         TEXT NOT NULL CHECK (half IN ('', 'am', 'pm', 'day')),
	vehicle      TEXT NOT NULL,               -- plate; empty: none
	stop         BIGINT NOT NULL,             -- place in the team's route of the day, from 1
	team         TEXT NOT NULL,               -- ids of the officers as they were booked, sorted, a blank between
	why          TEXT NOT NULL,               -- why there, or why not placed
	begun        TEXT NOT NULL,               -- day of the first arrival or of the entered visit; empty: none
	revision     BIGINT NOT NULL,
	changed_name TEXT NOT NULL,
	changed_at   BIGINT NOT NULL,
	PRIMARY KEY (authority_id, round_id, target_id),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);

CREATE TABLE search_target (
	authority_id TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	name         TEXT NOT NULL,               -- folded
	text         TEXT NOT NULL,               -- folded names, one a line; TAB; folded numbers, one a line
	doc          BIGINT NOT NULL,             -- the row of search_terms
	PRIMARY KEY (authority_id, target_id)
);

CREATE INDEX search_target_doc ON search_target (doc);

CREATE INDEX search_target_name ON search_target (authority_id, name, target_id);

CREATE VIRTUAL TABLE search_terms USING fts5(terms, content='', contentless_delete=1, detail=none, tokenize='ascii');

CREATE TABLE 'search_terms_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'search_terms_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'search_terms_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);

CREATE TABLE 'search_terms_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE staffing_leave (
	authority_id TEXT NOT NULL,
	no           BIGINT NOT NULL,
	officer_id   TEXT NOT NULL,
	reason       TEXT NOT NULL CHECK (reason IN ('left', 'certificate')),
	evidence     TEXT NOT NULL,
	proof        TEXT NOT NULL,               -- digest of the file
	proposed_by  TEXT NOT NULL,
	proposed_at  BIGINT NOT NULL,
	decided_by   TEXT NOT NULL,               -- empty: not decided
	decided_at   BIGINT NOT NULL,
	approved     BOOLEAN NOT NULL,
	PRIMARY KEY (authority_id, no),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);

CREATE TABLE staffing_leave_firm (
	authority_id TEXT NOT NULL,
	no           BIGINT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	substitution BIGINT NOT NULL,             -- the proposal's number in the round
	outcome      TEXT NOT NULL CHECK (outcome IN ('waiting', 'replaced', 'exhausted', 'refused', 'inspected')),
	PRIMARY KEY (authority_id, no, round_id, target_id),
	FOREIGN KEY (authority_id, no) REFERENCES staffing_leave (authority_id, no),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);

CREATE TABLE stats_draw (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	basis        TEXT NOT NULL,               -- digest of the disclosed draws up to this one
	counts       TEXT NOT NULL,               -- stats.Draw as JSON
	PRIMARY KEY (authority_id, round_id),
	FOREIGN KEY (authority_id, round_id) REFERENCES round (authority_id, round_id)
);

CREATE TABLE stats_report (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	basis        TEXT NOT NULL,               -- digest of the disclosed draws that are counted
	report       TEXT NOT NULL,               -- stats.Report as JSON
	counted_at   BIGINT NOT NULL,
	PRIMARY KEY (authority_id, basis)
);

CREATE TABLE supervise_asked (
	authority_id TEXT NOT NULL,
	question_id  TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('officer', 'account')),
	person       TEXT NOT NULL,
	name         TEXT NOT NULL,
	PRIMARY KEY (authority_id, question_id, kind, person),
	FOREIGN KEY (authority_id, question_id) REFERENCES supervise_question (authority_id, question_id)
);

CREATE TABLE supervise_limit (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	rule         TEXT NOT NULL,
	name         TEXT NOT NULL,
	no           BIGINT NOT NULL,             -- from 1
	value        BIGINT NOT NULL,
	reason       TEXT NOT NULL,
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, rule, name, no)
);

CREATE TABLE supervise_question (
	authority_id TEXT NOT NULL,
	question_id  TEXT NOT NULL,               -- of rule, subject and rows: the same facts, the same question
	rule         TEXT NOT NULL,
	subject      TEXT NOT NULL,               -- what it is about, for who comes after it
	what         TEXT NOT NULL,               -- what was counted, a sentence
	state        TEXT NOT NULL CHECK (state IN ('open', 'answered', 'accepted', 'closed')),
	role         TEXT NOT NULL,               -- who is asked, besides the people
	raised_at    BIGINT NOT NULL,
	asked_at     BIGINT NOT NULL,             -- the clock of the answer starts here: raised, or opened again
	previous     TEXT NOT NULL,               -- the question whose place it takes; empty: none
	closed_why   TEXT NOT NULL,
	closed_at    BIGINT NOT NULL,
	PRIMARY KEY (authority_id, question_id)
);

CREATE TABLE supervise_row (
	authority_id TEXT NOT NULL,
	question_id  TEXT NOT NULL,
	no           BIGINT NOT NULL,             -- from 1
	day          TEXT NOT NULL,               -- empty: none
	at           BIGINT NOT NULL,             -- 0: only the day is known
	round_id     TEXT NOT NULL,               -- empty: another body's
	form_id      TEXT NOT NULL,               -- empty: none
	target_id    TEXT NOT NULL,
	firm         TEXT NOT NULL,
	words        TEXT NOT NULL,
	PRIMARY KEY (authority_id, question_id, no),
	FOREIGN KEY (authority_id, question_id) REFERENCES supervise_question (authority_id, question_id)
);

CREATE TABLE supervise_word (
	authority_id TEXT NOT NULL,
	question_id  TEXT NOT NULL,
	no           BIGINT NOT NULL,             -- from 1
	kind         TEXT NOT NULL CHECK (kind IN ('answer', 'accept', 'reopen', 'closed', 'again')),
	words        TEXT NOT NULL,
	by_id        TEXT NOT NULL,
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, question_id, no),
	FOREIGN KEY (authority_id, question_id) REFERENCES supervise_question (authority_id, question_id)
);

CREATE TABLE throttle (
	authority_id TEXT NOT NULL,
	subject      TEXT NOT NULL,               -- hashed: a name that does not exist may be somebody's password
	failures     BIGINT NOT NULL,
	last_at      BIGINT NOT NULL,
	until        BIGINT NOT NULL,             -- ms, no attempt before; 0: none is waited for
	PRIMARY KEY (authority_id, subject)
);

CREATE INDEX throttle_last ON throttle (authority_id, last_at);

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

CREATE TABLE token (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	token_id     TEXT NOT NULL,
	name         TEXT NOT NULL,
	account_id   TEXT NOT NULL,               -- for whom it acts
	role         TEXT NOT NULL,               -- one of that account's
	scopes       TEXT NOT NULL,               -- a scope a line
	expires_on   TEXT NOT NULL,               -- last day
	granted_by   TEXT NOT NULL,
	granted_name TEXT NOT NULL,
	granted_at   BIGINT NOT NULL,
	secret_hash  TEXT NOT NULL,               -- SHA-256; empty: not collected yet
	collected_at BIGINT NOT NULL,
	last_used_at BIGINT NOT NULL,             -- to the minute; 0: never
	revoked_name TEXT NOT NULL,
	revoked_at   BIGINT NOT NULL,             -- 0: not revoked
	PRIMARY KEY (authority_id, token_id),
	FOREIGN KEY (authority_id, account_id) REFERENCES identity_account (authority_id, account_id)
);

CREATE TABLE token_answer (
	authority_id TEXT NOT NULL,
	token_id     TEXT NOT NULL,
	request_key  TEXT NOT NULL,
	digest       TEXT NOT NULL,               -- of the request
	status       BIGINT NOT NULL,             -- 0: under way
	head         TEXT NOT NULL,               -- JSON
	body         BYTEA NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, token_id, request_key),
	FOREIGN KEY (authority_id, token_id) REFERENCES token (authority_id, token_id)
);

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

CREATE TABLE visit_key (
	authority_id TEXT NOT NULL,
	purpose      TEXT NOT NULL CHECK (purpose = 'identity'),
	secret       BYTEA NOT NULL,
	PRIMARY KEY (authority_id, purpose)
);

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
