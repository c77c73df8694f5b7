-- Pictures of events, where the policy wants them, and what people think of decisions that were left open.

CREATE TABLE event_pictures (
    tenant_id   uuid        NOT NULL,
    event_id    uuid        NOT NULL,
    gallery_id  uuid        NOT NULL,
    data_key_id uuid        NOT NULL,
    nonce       bytea       NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext  bytea       NOT NULL,
    expires     timestamptz NOT NULL,
    CONSTRAINT event_pictures_identifier PRIMARY KEY (tenant_id, event_id),
    CONSTRAINT event_pictures_event FOREIGN KEY (tenant_id, event_id) REFERENCES events ON DELETE CASCADE,
    CONSTRAINT event_pictures_gallery FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE,
    CONSTRAINT event_pictures_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
);
CREATE INDEX event_pictures_by_age ON event_pictures (tenant_id, expires);
CREATE INDEX event_pictures_of_gallery ON event_pictures (tenant_id, gallery_id);
CREATE INDEX event_pictures_under_key ON event_pictures (tenant_id, data_key_id);
COMMENT ON TABLE event_pictures IS 'Faces that were decided on, kept for a few days so that decisions can be looked at.';
COMMENT ON COLUMN event_pictures.tenant_id IS 'identifier';
COMMENT ON COLUMN event_pictures.event_id IS 'identifier';
COMMENT ON COLUMN event_pictures.gallery_id IS 'identifier';
COMMENT ON COLUMN event_pictures.data_key_id IS 'identifier: the key of the ciphertext';
COMMENT ON COLUMN event_pictures.nonce IS 'number: random, used once';
COMMENT ON COLUMN event_pictures.ciphertext IS 'encrypted: the picture, AES-256-GCM, bound to its row';
COMMENT ON COLUMN event_pictures.expires IS 'time: after which retention removes it';

CREATE TABLE reviews (
    tenant_id     uuid        NOT NULL,
    event_id      uuid        NOT NULL,
    gallery_id    uuid        NOT NULL,
    kind          text        NOT NULL CHECK (kind IN ('identification', 'verification', 'opened')),
    candidate_id  uuid,
    reference_id  uuid,
    needed        smallint    NOT NULL CHECK (needed IN (1, 2)),
    state         text        NOT NULL CHECK (state IN ('open', 'waiting', 'decided', 'disagreed')),
    split         boolean     NOT NULL,
    opened_at     timestamptz NOT NULL,
    decided_at    timestamptz,
    claimed_by    text        NOT NULL DEFAULT '',
    claimed_until timestamptz,
    CONSTRAINT reviews_identifier PRIMARY KEY (tenant_id, event_id),
    CONSTRAINT reviews_event FOREIGN KEY (tenant_id, event_id) REFERENCES events ON DELETE CASCADE,
    CONSTRAINT reviews_gallery FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE,
    CONSTRAINT reviews_candidate FOREIGN KEY (tenant_id, gallery_id, candidate_id) REFERENCES gallery_members
        ON DELETE CASCADE
);
CREATE INDEX reviews_in_order ON reviews (tenant_id, state, opened_at, event_id);
CREATE INDEX reviews_of_gallery ON reviews (tenant_id, gallery_id, candidate_id);
CREATE INDEX reviews_of_candidate ON reviews (tenant_id, candidate_id) WHERE candidate_id IS NOT NULL;
COMMENT ON TABLE reviews IS 'Decisions that people look at. They go with their event, and with whom it may show.';
COMMENT ON COLUMN reviews.tenant_id IS 'identifier';
COMMENT ON COLUMN reviews.event_id IS 'identifier';
COMMENT ON COLUMN reviews.gallery_id IS 'identifier';
COMMENT ON COLUMN reviews.kind IS 'clear text, technical: identification, verification or opened';
COMMENT ON COLUMN reviews.candidate_id IS 'identifier: of the subject that it may be';
COMMENT ON COLUMN reviews.reference_id IS 'identifier: of the reference that is nearest; may be gone';
COMMENT ON COLUMN reviews.needed IS 'number: of reviewers who must agree';
COMMENT ON COLUMN reviews.state IS 'clear text, technical: open, waiting, decided or disagreed';
COMMENT ON COLUMN reviews.split IS 'clear text, technical: whether the first two reviewers did not agree';
COMMENT ON COLUMN reviews.opened_at IS 'time';
COMMENT ON COLUMN reviews.decided_at IS 'time';
COMMENT ON COLUMN reviews.claimed_by IS 'identifier: of the actor who has it in front of her';
COMMENT ON COLUMN reviews.claimed_until IS 'time';

CREATE TABLE review_opinions (
    tenant_id  uuid        NOT NULL,
    opinion_id uuid        NOT NULL DEFAULT gen_random_uuid(),
    event_id   uuid        NOT NULL,
    given_by   text        NOT NULL,
    given_at   timestamptz NOT NULL,
    verdict    text        NOT NULL CHECK (verdict IN ('match', 'non_match', 'inconclusive')),
    subject_id uuid,
    reason     text        COLLATE "C" NOT NULL,
    final      boolean     NOT NULL,
    CONSTRAINT review_opinions_identifier PRIMARY KEY (tenant_id, opinion_id),
    CONSTRAINT review_opinions_once UNIQUE (tenant_id, event_id, given_by),
    CONSTRAINT review_opinions_case FOREIGN KEY (tenant_id, event_id) REFERENCES reviews ON DELETE CASCADE,
    CONSTRAINT review_opinions_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE CASCADE
);
CREATE INDEX review_opinions_of_subject ON review_opinions (tenant_id, subject_id) WHERE subject_id IS NOT NULL;
COMMENT ON TABLE review_opinions IS 'What reviewers think, each once about each case.';
COMMENT ON COLUMN review_opinions.tenant_id IS 'identifier';
COMMENT ON COLUMN review_opinions.opinion_id IS 'identifier';
COMMENT ON COLUMN review_opinions.event_id IS 'identifier';
COMMENT ON COLUMN review_opinions.given_by IS 'identifier: of the actor';
COMMENT ON COLUMN review_opinions.given_at IS 'time';
COMMENT ON COLUMN review_opinions.verdict IS 'clear text, technical: match, non_match or inconclusive';
COMMENT ON COLUMN review_opinions.subject_id IS 'identifier: of whom it is thought to be';
COMMENT ON COLUMN review_opinions.reason IS 'clear text, name: written by the reviewer';
COMMENT ON COLUMN review_opinions.final IS 'clear text, technical: whether it decides between others';

-- A verdict that comes another way, as by a correction, decides the case; one that is taken back opens it again.
CREATE FUNCTION follow_verdict() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reviews AS r SET
        state = CASE WHEN NEW.verdict IS NOT NULL THEN 'decided'
                     WHEN r.split THEN 'disagreed'
                     WHEN EXISTS (SELECT FROM review_opinions AS o
                                  WHERE o.tenant_id = r.tenant_id AND o.event_id = r.event_id) THEN 'waiting'
                     ELSE 'open' END,
        decided_at = CASE WHEN NEW.verdict IS NOT NULL THEN now() END
    WHERE r.tenant_id = NEW.tenant_id AND r.event_id = NEW.event_id;
    RETURN NEW;
END $$;
REVOKE EXECUTE ON FUNCTION follow_verdict FROM PUBLIC;
CREATE TRIGGER verdicts_decide_reviews AFTER UPDATE OF verdict ON events
    FOR EACH ROW WHEN (OLD.verdict IS DISTINCT FROM NEW.verdict) EXECUTE FUNCTION follow_verdict();

-- Whoever is erased leaves no picture behind, nor one that may show her.
CREATE FUNCTION forget_event_pictures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM event_pictures AS p USING events AS e
    WHERE e.tenant_id = OLD.tenant_id AND e.subject_id = OLD.subject_id
      AND p.tenant_id = e.tenant_id AND p.event_id = e.event_id;
    DELETE FROM event_pictures AS p USING reviews AS r
    WHERE r.tenant_id = OLD.tenant_id AND r.candidate_id = OLD.subject_id
      AND p.tenant_id = r.tenant_id AND p.event_id = r.event_id;
    RETURN OLD;
END $$;
REVOKE EXECUTE ON FUNCTION forget_event_pictures FROM PUBLIC;
CREATE TRIGGER subjects_leave_no_pictures BEFORE DELETE ON subjects
    FOR EACH ROW EXECUTE FUNCTION forget_event_pictures();

ALTER TABLE galleries NO FORCE ROW LEVEL SECURITY;
UPDATE galleries SET policy = policy || '{"event_pictures": "none", "event_picture_days": 7, "reviewers": 1}';
ALTER TABLE galleries FORCE ROW LEVEL SECURITY;

SELECT build_tenant_wall('event_pictures', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('reviews', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('review_opinions', 'SELECT, INSERT, UPDATE, DELETE');
