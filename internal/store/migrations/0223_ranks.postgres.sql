-- +goose Up

-- As 0223_ranks.sqlite.sql.
ALTER TABLE round_target DROP CONSTRAINT round_target_authority_id_round_id_stratum_rank_key;
CREATE INDEX round_target_reserve ON round_target (authority_id, round_id, stratum, rank) WHERE state = 'reserve';
