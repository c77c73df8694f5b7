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
