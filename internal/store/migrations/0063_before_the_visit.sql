-- +goose Up

-- Who has read the rules of conduct (检查纪律) for a round.
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

-- How firms were told of an inspection, each time.
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

-- What a firm has sent for a written review.
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
