-- +goose Up

-- A document made for one open end of casework (a finding's number or a result
-- code); empty: for the inspection as a whole.
ALTER TABLE documents_paper ADD COLUMN ref TEXT NOT NULL DEFAULT '';

DROP INDEX documents_paper_draft;
CREATE UNIQUE INDEX documents_paper_draft ON documents_paper (authority_id, form_id, kind, about, ref) WHERE state = 'draft';

CREATE INDEX documents_paper_form ON documents_paper (authority_id, form_id);
