-- +goose Up

-- disclosure: lists and counts of a million public results -----------------------

-- How many results are public, of each round and code; code '' counts each
-- once, 'problem' each with a problem. Kept by the acts that publish, correct and withdraw.
CREATE TABLE disclosure_count (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	year         BIGINT NOT NULL,
	round_id     TEXT NOT NULL,
	code         TEXT NOT NULL,
	n            BIGINT NOT NULL,
	PRIMARY KEY (authority_id, year, round_id, code)
);

INSERT INTO disclosure_count (authority_id, year, round_id, code, n)
SELECT authority_id, year, round_id, '', count(*)
FROM disclosure_posting
WHERE current
GROUP BY authority_id, year, round_id;

INSERT INTO disclosure_count (authority_id, year, round_id, code, n)
SELECT p.authority_id, p.year, p.round_id, r.code, count(*)
FROM disclosure_posting p
JOIN disclosure_result r ON r.authority_id = p.authority_id AND r.form_id = p.form_id AND r.version = p.version
WHERE p.current
GROUP BY p.authority_id, p.year, p.round_id, r.code;

INSERT INTO disclosure_count (authority_id, year, round_id, code, n)
SELECT p.authority_id, p.year, p.round_id, 'problem', count(DISTINCT p.form_id)
FROM disclosure_posting p
JOIN disclosure_result r ON r.authority_id = p.authority_id AND r.form_id = p.form_id AND r.version = p.version
WHERE p.current AND r.code IN ('R2', 'R3', 'R5', 'R6', 'R8')
GROUP BY p.authority_id, p.year, p.round_id;

-- Lists are the newest first, whatever they are narrowed to.
ALTER TABLE disclosure_result ADD COLUMN year BIGINT NOT NULL DEFAULT 0;
ALTER TABLE disclosure_result ADD COLUMN posted_at BIGINT NOT NULL DEFAULT 0;
UPDATE disclosure_result
SET year = p.year, posted_at = p.posted_at
FROM disclosure_posting p
WHERE p.authority_id = disclosure_result.authority_id AND p.form_id = disclosure_result.form_id AND p.version = disclosure_result.version;

CREATE INDEX disclosure_result_code ON disclosure_result (authority_id, code, posted_at, form_id);
CREATE INDEX disclosure_result_year ON disclosure_result (authority_id, code, year, posted_at, form_id);

DROP INDEX disclosure_posting_current;
CREATE INDEX disclosure_posting_recent ON disclosure_posting (authority_id, posted_at, form_id) WHERE current;
CREATE INDEX disclosure_posting_year ON disclosure_posting (authority_id, year, posted_at, form_id) WHERE current;
CREATE INDEX disclosure_posting_newest ON disclosure_posting (authority_id, round_id, posted_at, form_id) WHERE current;
CREATE INDEX disclosure_posting_code ON disclosure_posting (authority_id, firm_code) WHERE current;
CREATE INDEX disclosure_posting_changed ON disclosure_posting (authority_id, posted_at, form_id, version) WHERE state <> 'published';

CREATE INDEX disclosure_penalty_target ON disclosure_penalty (authority_id, target_id) WHERE current;
