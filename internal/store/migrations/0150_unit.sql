-- +goose Up

-- The units of an authority (部门、下级单位) as a tree. An account may belong to
-- one, and then sees what is the unit's and of those below it. None is ever
-- deleted.
CREATE TABLE identity_unit (
	authority_id TEXT NOT NULL REFERENCES identity_authority,
	unit_id      TEXT NOT NULL,
	parent_id    TEXT NOT NULL,               -- empty: right below the authority; never changed
	name         TEXT NOT NULL,
	closed       BOOLEAN NOT NULL,
	PRIMARY KEY (authority_id, unit_id),
	UNIQUE (authority_id, name)
);

-- Every name that a unit ever had: by it the unit stands in the officers'
-- register and in plans, old ones too. A name means one unit for ever.
CREATE TABLE identity_unit_name (
	authority_id TEXT NOT NULL,
	name         TEXT NOT NULL,
	unit_id      TEXT NOT NULL,
	PRIMARY KEY (authority_id, name),
	FOREIGN KEY (authority_id, unit_id) REFERENCES identity_unit (authority_id, unit_id)
);

ALTER TABLE identity_account ADD COLUMN unit_id TEXT NOT NULL DEFAULT '';

-- Of a change of roles for good: the unit that the account belongs to then.
ALTER TABLE identity_grant ADD COLUMN unit_id TEXT NOT NULL DEFAULT '';
