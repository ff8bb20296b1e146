-- +goose Up

-- What the archive of an office is called, and how long its files are kept.
CREATE TABLE archive_setting (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	name         TEXT NOT NULL,               -- fonds (全宗号), or an occasion
	value        TEXT NOT NULL,               -- of an occasion: a period
	by_name      TEXT NOT NULL,
	at           BIGINT NOT NULL,
	PRIMARY KEY (authority_id, name)
);

-- The sealed packages: one file of one inspection, and what came later.
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

-- Who took a package over (移交接收), as another hand recorded it.
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
