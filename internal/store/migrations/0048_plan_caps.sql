-- +goose Up

-- What the frequency caps leave of a plan's firms, counted with its base.
ALTER TABLE plan ADD COLUMN caps TEXT NOT NULL DEFAULT '';                -- the caps in force when it was counted, a sentence a line
ALTER TABLE plan ADD COLUMN leave_days BIGINT NOT NULL DEFAULT 0;         -- working days that an officer is away in a window
ALTER TABLE plan_stratum ADD COLUMN capped BIGINT NOT NULL DEFAULT 0;     -- firms of the stratum that were at a cap
