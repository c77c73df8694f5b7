-- What was measured of each capture, and the monitors that notice when a camera's captures change.

ALTER TABLE events ADD COLUMN observed real[];
COMMENT ON COLUMN events.observed IS
    'number: detection score, sharpness, dynamic range, brightness, red to green, blue to green, eye distance';

CREATE TABLE drift_positions (
    tenant_id uuid   PRIMARY KEY,
    sequence  bigint NOT NULL
);
COMMENT ON TABLE drift_positions IS 'How far the detection log was looked at for drift.';
COMMENT ON COLUMN drift_positions.tenant_id IS 'identifier';
COMMENT ON COLUMN drift_positions.sequence IS 'number: of the last event that was looked at';

-- What was logged before is no news: the first look begins with the next event.
ALTER TABLE event_counters NO FORCE ROW LEVEL SECURITY;
INSERT INTO drift_positions (tenant_id, sequence) SELECT tenant_id, sequence FROM event_counters;
ALTER TABLE event_counters FORCE ROW LEVEL SECURITY;

CREATE TABLE drift_monitors (
    tenant_id       uuid        NOT NULL,
    monitor_id      uuid        NOT NULL,
    gallery_id      uuid        NOT NULL,
    gallery         text        COLLATE "C" NOT NULL,
    source          text        COLLATE "C" NOT NULL,
    model           text        NOT NULL,
    calibration     text        NOT NULL,
    captures        bigint      NOT NULL,
    reference_since timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    pinned          boolean     NOT NULL,
    alarm_since     timestamptz,
    states          jsonb       NOT NULL,
    CONSTRAINT drift_monitors_identifier PRIMARY KEY (tenant_id, monitor_id),
    CONSTRAINT drift_monitors_place UNIQUE (tenant_id, gallery, source, gallery_id),
    FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE
);
CREATE INDEX drift_monitors_of_gallery ON drift_monitors (tenant_id, gallery_id);
COMMENT ON TABLE drift_monitors IS 'What is usual for the captures of each source: histograms, no captures.';
COMMENT ON COLUMN drift_monitors.tenant_id IS 'identifier';
COMMENT ON COLUMN drift_monitors.monitor_id IS 'identifier';
COMMENT ON COLUMN drift_monitors.gallery_id IS 'identifier';
COMMENT ON COLUMN drift_monitors.gallery IS 'clear text, name: of the gallery, chosen by the operator';
COMMENT ON COLUMN drift_monitors.source IS 'clear text, technical: the camera, gate or application';
COMMENT ON COLUMN drift_monitors.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN drift_monitors.calibration IS 'digest: of what error rates came from';
COMMENT ON COLUMN drift_monitors.captures IS 'number: faces that were looked at';
COMMENT ON COLUMN drift_monitors.reference_since IS 'time: when the captures of the reference began';
COMMENT ON COLUMN drift_monitors.last_at IS 'time: of the last capture';
COMMENT ON COLUMN drift_monitors.pinned IS 'number: whether a person declared what is normal';
COMMENT ON COLUMN drift_monitors.alarm_since IS 'time: of the oldest alarm that holds';
COMMENT ON COLUMN drift_monitors.states IS 'number: histograms of what was measured, and how they compare';

SELECT build_tenant_wall('drift_positions', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('drift_monitors', 'SELECT, INSERT, UPDATE, DELETE');
