-- +goose Up

-- The departments that inspect the firms of a task (decision 0044): each with
-- its own people, items and share of the firms.
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
ALTER TABLE plan_item ADD COLUMN slot TEXT NOT NULL DEFAULT '';    -- whose item it is; empty: every slot's
ALTER TABLE plan_stratum ADD COLUMN area TEXT NOT NULL DEFAULT ''; -- where people work; empty: anywhere

-- Who has to inspect a firm, joined by commas, as it stood when the firm was
-- drawn. Empty: nobody any more.
ALTER TABLE round_target ADD COLUMN slots TEXT NOT NULL DEFAULT 'main';
