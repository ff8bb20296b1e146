-- +goose Up

-- Odd patterns, as questions to be answered (监督线索). What was counted and the
-- rows behind it are kept as they stood when the question was raised.
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

-- The facts behind a question.
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

-- The people who are asked: officers of the register, or accounts that are none.
CREATE TABLE supervise_asked (
	authority_id TEXT NOT NULL,
	question_id  TEXT NOT NULL,
	kind         TEXT NOT NULL CHECK (kind IN ('officer', 'account')),
	person       TEXT NOT NULL,
	name         TEXT NOT NULL,
	PRIMARY KEY (authority_id, question_id, kind, person),
	FOREIGN KEY (authority_id, question_id) REFERENCES supervise_question (authority_id, question_id)
);

-- What was said to a question, in order.
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

-- Thresholds that the office changed, each change kept; the highest no holds.
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
