-- +goose Up

-- When each firm of a matched round is inspected, by whom, with which vehicle.
CREATE TABLE schedule_vehicle (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	plate        TEXT NOT NULL,
	seats        BIGINT NOT NULL,             -- the driver's among them
	note         TEXT NOT NULL,               -- driver, kind
	active       BOOLEAN NOT NULL,
	PRIMARY KEY (authority_id, plate)
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

-- Who and what is taken when: no officer, no vehicle twice in one half-day,
-- whatever the round.
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

-- What was put before the responsible person, line by line, and the decision.
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

CREATE TABLE schedule_line (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	version      BIGINT NOT NULL,
	target_id    TEXT NOT NULL,
	line         TEXT NOT NULL,               -- JSON: who, what, when, items
	PRIMARY KEY (authority_id, round_id, version, target_id),
	FOREIGN KEY (authority_id, round_id, version) REFERENCES schedule_version (authority_id, round_id, version)
);

-- Inspections on the spot in an emergency, and their approval afterwards.
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

-- Visits that had begun before approvals were kept here.
CREATE TABLE schedule_before (
	authority_id TEXT NOT NULL,
	round_id     TEXT NOT NULL,
	target_id    TEXT NOT NULL,
	PRIMARY KEY (authority_id, round_id, target_id),
	FOREIGN KEY (authority_id, round_id, target_id) REFERENCES round_target (authority_id, round_id, target_id)
);

INSERT INTO schedule_before (authority_id, round_id, target_id)
SELECT f.authority_id, f.round_id, f.target_id
FROM inspection_form f
WHERE f.state <> 'issued'
	OR EXISTS (SELECT 1 FROM visit_record v WHERE v.authority_id = f.authority_id AND v.form_id = f.form_id);

-- Where firms are, as far as anybody said or a phone noted on arrival.
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

-- Which items are inspected unannounced, and what papers a firm prepares.
CREATE TABLE schedule_item (
	authority_id TEXT NOT NULL,
	item_id      TEXT NOT NULL,
	unannounced  BOOLEAN NOT NULL,
	prepare      TEXT NOT NULL,               -- one a line
	PRIMARY KEY (authority_id, item_id),
	FOREIGN KEY (authority_id, item_id) REFERENCES register_item (authority_id, item_id)
);
