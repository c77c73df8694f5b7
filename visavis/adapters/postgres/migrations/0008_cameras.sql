-- Cameras, and lines of the detection log about faces that were followed.

ALTER TABLE events
    ADD COLUMN site       text        COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN zone       text        COLLATE "C" NOT NULL DEFAULT '',
    ADD COLUMN direction  text        NOT NULL DEFAULT 'passing',
    ADD COLUMN track      uuid,
    ADD COLUMN seen_until timestamptz,
    ADD COLUMN frames     integer     NOT NULL DEFAULT 0,
    ADD COLUMN revision   integer     NOT NULL DEFAULT 0;
COMMENT ON COLUMN events.site IS 'clear text, name: where the camera hung, chosen by the operator';
COMMENT ON COLUMN events.zone IS 'clear text, name: where the camera hung, chosen by the operator';
COMMENT ON COLUMN events.direction IS 'clear text, technical: passing, entry or exit';
COMMENT ON COLUMN events.track IS 'identifier: of the track, if the face was followed';
COMMENT ON COLUMN events.seen_until IS 'time: when the face was last seen';
COMMENT ON COLUMN events.frames IS 'number: frames in which the face was found';
COMMENT ON COLUMN events.revision IS 'number: how often the line was revised';
COMMENT ON COLUMN events.sequence IS 'number: in the order of commits; a line that is revised takes the next one';

CREATE TABLE cameras (
    tenant_id  uuid        NOT NULL,
    camera_id  uuid        NOT NULL,
    name       text        COLLATE "C" NOT NULL,
    site       text        COLLATE "C" NOT NULL,
    zone       text        COLLATE "C" NOT NULL,
    direction  text        NOT NULL,
    note       text        NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT cameras_identifier PRIMARY KEY (tenant_id, camera_id),
    CONSTRAINT cameras_name_unique UNIQUE (tenant_id, name)
);
COMMENT ON TABLE cameras IS 'Cameras: where they hang. How they are reached is known to their agents only.';
COMMENT ON COLUMN cameras.tenant_id IS 'identifier';
COMMENT ON COLUMN cameras.camera_id IS 'identifier';
COMMENT ON COLUMN cameras.name IS 'clear text, technical: the source of its events';
COMMENT ON COLUMN cameras.site IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN cameras.zone IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN cameras.direction IS 'clear text, technical: passing, entry or exit';
COMMENT ON COLUMN cameras.note IS 'clear text, name: written by the operator';
COMMENT ON COLUMN cameras.created_at IS 'time';

SELECT build_tenant_wall('cameras', 'SELECT, INSERT, UPDATE, DELETE');

-- The templates that decisions were made on, for as long as a person may want to correct them.

CREATE TABLE event_probes (
    tenant_id   uuid        NOT NULL,
    event_id    uuid        NOT NULL,
    gallery_id  uuid        NOT NULL,
    model       text        NOT NULL,
    data_key_id uuid        NOT NULL,
    nonce       bytea       NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext  bytea       NOT NULL,
    expires     timestamptz NOT NULL,
    CONSTRAINT event_probes_identifier PRIMARY KEY (tenant_id, event_id),
    CONSTRAINT event_probes_event FOREIGN KEY (tenant_id, event_id) REFERENCES events ON DELETE CASCADE,
    CONSTRAINT event_probes_gallery FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE,
    CONSTRAINT event_probes_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
);
CREATE INDEX event_probes_by_age ON event_probes (tenant_id, expires);
CREATE INDEX event_probes_of_gallery ON event_probes (tenant_id, gallery_id);
CREATE INDEX event_probes_under_key ON event_probes (tenant_id, data_key_id);
COMMENT ON TABLE event_probes IS 'Templates that were decided on, kept for a few days so that corrections can use them.';
COMMENT ON COLUMN event_probes.tenant_id IS 'identifier';
COMMENT ON COLUMN event_probes.event_id IS 'identifier';
COMMENT ON COLUMN event_probes.gallery_id IS 'identifier';
COMMENT ON COLUMN event_probes.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN event_probes.data_key_id IS 'identifier: the key of the ciphertext';
COMMENT ON COLUMN event_probes.nonce IS 'number: random, used once';
COMMENT ON COLUMN event_probes.ciphertext IS 'encrypted: the template, AES-256-GCM, bound to its row and model';
COMMENT ON COLUMN event_probes.expires IS 'time: after which retention removes it';

-- Whoever is erased leaves no template behind, not even one of an event: these go before the event forgets the subject.
CREATE FUNCTION forget_event_probes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM event_probes AS p USING events AS e
    WHERE e.tenant_id = OLD.tenant_id AND e.subject_id = OLD.subject_id
      AND p.tenant_id = e.tenant_id AND p.event_id = e.event_id;
    RETURN OLD;
END $$;
REVOKE EXECUTE ON FUNCTION forget_event_probes FROM PUBLIC;
CREATE TRIGGER subjects_leave_no_probes BEFORE DELETE ON subjects
    FOR EACH ROW EXECUTE FUNCTION forget_event_probes();

ALTER TABLE galleries NO FORCE ROW LEVEL SECURITY;
UPDATE galleries SET policy = policy || '{"probe_days": 7, "visitor_names": false}';
ALTER TABLE galleries FORCE ROW LEVEL SECURITY;

SELECT build_tenant_wall('event_probes', 'SELECT, INSERT, UPDATE, DELETE');

-- Tracks whose decision is left to a worker.
ALTER TABLE job_items DROP CONSTRAINT job_items_kind_check;
ALTER TABLE job_items ADD CONSTRAINT job_items_kind_check
    CHECK (kind IN ('photo', 'crop', 'path', 'reference', 'track'));
COMMENT ON COLUMN job_items.kind IS 'clear text, technical: photo, crop, path, reference or track';
