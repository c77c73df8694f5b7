-- People look at presentations that a detector of attacks doubts; what it found stands beside the case.

ALTER TABLE reviews DROP CONSTRAINT reviews_kind_check;
ALTER TABLE reviews
    ADD COLUMN attack_score double precision,
    ADD COLUMN attack_threshold double precision,
    ADD COLUMN attack_detector text,
    ADD COLUMN attack_instrument text,
    ADD CONSTRAINT reviews_kind_check CHECK (kind IN ('identification', 'verification', 'liveness', 'opened')),
    ADD CONSTRAINT reviews_doubt CHECK (
        (kind = 'liveness') = (attack_score IS NOT NULL)
        AND (attack_threshold IS NULL) = (attack_score IS NULL)
        AND (attack_detector IS NULL) = (attack_score IS NULL)
        AND (attack_instrument IS NULL OR attack_score IS NOT NULL)
    );
COMMENT ON COLUMN reviews.kind IS 'clear text, technical: identification, verification, liveness or opened';
COMMENT ON COLUMN reviews.attack_score IS 'number: how much the presentation looks like an attack';
COMMENT ON COLUMN reviews.attack_threshold IS 'number: from which score on it is taken for one';
COMMENT ON COLUMN reviews.attack_detector IS 'clear text, technical: model identity';
COMMENT ON COLUMN reviews.attack_instrument IS 'clear text, technical: what it is taken for, as print or screen';
