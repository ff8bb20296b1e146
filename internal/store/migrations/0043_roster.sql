-- +goose Up

-- roster: officers beyond their one line in the register --------------------------

-- Certificates beside the register's own, whose number is the drawn identifier.
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

-- What happened to a certificate, the register's own included: the last one
-- that has begun holds.
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
CREATE UNIQUE INDEX roster_duty_once ON roster_duty (authority_id, officer_id, kind, starts, until) WHERE cancelled = '';
CREATE INDEX roster_duty_days ON roster_duty (authority_id, starts);

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

-- Recusals as they were declared. Those in force stand in register_recusal too.
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

INSERT INTO roster_declaration (authority_id, declaration_id, officer_id, target_id, kind, reason, declared_by, declared_on, by_name, at, ended_on, end_reason, ended_name)
SELECT authority_id, officer_id || ' ' || target_id, officer_id, target_id, '其他', reason, '', '', '', at, '', '', ''
FROM register_recusal;

-- How leave and training decide who enters a pool.
CREATE TABLE roster_rule (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	rule         TEXT NOT NULL CHECK (rule IN ('leave', 'training')),
	choice       TEXT NOT NULL,
	PRIMARY KEY (authority_id, rule)
);

-- Who was kept out of a pool, and why.
CREATE TABLE roster_kept_out (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	half         TEXT NOT NULL,
	officer_id   TEXT NOT NULL,
	reason       TEXT NOT NULL,
	PRIMARY KEY (authority_id, round_id, half, officer_id),
	FOREIGN KEY (authority_id, officer_id) REFERENCES register_officer (authority_id, officer_id)
);
