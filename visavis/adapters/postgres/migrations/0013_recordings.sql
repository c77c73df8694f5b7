-- Recorded video that was indexed, to be searched for faces.

ALTER TABLE jobs DROP CONSTRAINT jobs_kind_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_kind_check CHECK (kind IN ('classify', 'enrol', 'reembed', 'index'));

CREATE TABLE recordings (
    tenant_id    uuid             NOT NULL,
    recording_id uuid             NOT NULL,
    gallery_id   uuid             NOT NULL,
    name         text             COLLATE "C" NOT NULL,
    location     text             COLLATE "C" NOT NULL,
    sha256       text             NOT NULL,
    size         bigint           NOT NULL,
    duration_s   double precision NOT NULL,
    started_at   timestamptz      NOT NULL,
    ended_at     timestamptz      NOT NULL,
    source       text             COLLATE "C" NOT NULL,
    site         text             COLLATE "C" NOT NULL,
    zone         text             COLLATE "C" NOT NULL,
    model        text             NOT NULL,
    rate         double precision NOT NULL,
    tracks       integer          NOT NULL,
    added_at     timestamptz      NOT NULL,
    added_by     text             NOT NULL,
    software     text             NOT NULL,
    keep_until   timestamptz,
    CONSTRAINT recordings_identifier PRIMARY KEY (tenant_id, recording_id),
    CONSTRAINT recordings_content_unique UNIQUE (tenant_id, gallery_id, sha256),
    FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE
);
CREATE INDEX recordings_in_time ON recordings (tenant_id, started_at, recording_id);
CREATE INDEX recordings_to_forget ON recordings (tenant_id, keep_until) WHERE keep_until IS NOT NULL;
COMMENT ON TABLE recordings IS 'Videos that were indexed. The videos themselves stay where they are.';
COMMENT ON COLUMN recordings.tenant_id IS 'identifier';
COMMENT ON COLUMN recordings.recording_id IS 'identifier';
COMMENT ON COLUMN recordings.gallery_id IS 'identifier: whose policy a search of it follows';
COMMENT ON COLUMN recordings.name IS 'clear text, name: of the file, chosen by the operator';
COMMENT ON COLUMN recordings.location IS 'clear text, name: where the file lay, chosen by the operator';
COMMENT ON COLUMN recordings.sha256 IS 'digest: of the file';
COMMENT ON COLUMN recordings.size IS 'number: bytes of the file';
COMMENT ON COLUMN recordings.duration_s IS 'number';
COMMENT ON COLUMN recordings.started_at IS 'time: of the first frame, as the operator says';
COMMENT ON COLUMN recordings.ended_at IS 'time: of the last frame';
COMMENT ON COLUMN recordings.source IS 'clear text, technical: the camera';
COMMENT ON COLUMN recordings.site IS 'clear text, name: where the camera hung, chosen by the operator';
COMMENT ON COLUMN recordings.zone IS 'clear text, name: where the camera hung, chosen by the operator';
COMMENT ON COLUMN recordings.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN recordings.rate IS 'number: frames looked at per second';
COMMENT ON COLUMN recordings.tracks IS 'number: faces that were followed';
COMMENT ON COLUMN recordings.added_at IS 'time';
COMMENT ON COLUMN recordings.added_by IS 'clear text, technical: kind and identifier of the actor';
COMMENT ON COLUMN recordings.software IS 'clear text, technical: version';
COMMENT ON COLUMN recordings.keep_until IS 'time: when it is forgotten';

CREATE TABLE recorded_tracks (
    tenant_id    uuid             NOT NULL,
    recording_id uuid             NOT NULL,
    number       integer          NOT NULL,
    first_s      double precision NOT NULL,
    last_s       double precision NOT NULL,
    best_s       double precision NOT NULL,
    frames       integer          NOT NULL,
    model        text             NOT NULL,
    box          double precision[] NOT NULL CHECK (cardinality(box) = 4),
    data_key_id  uuid             NOT NULL,
    nonce        bytea            NOT NULL,
    ciphertext   bytea            NOT NULL,
    CONSTRAINT recorded_tracks_identifier PRIMARY KEY (tenant_id, recording_id, number),
    FOREIGN KEY (tenant_id, recording_id) REFERENCES recordings ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
);
CREATE INDEX recorded_tracks_under_key ON recorded_tracks (tenant_id, data_key_id);
COMMENT ON TABLE recorded_tracks IS 'Faces that were followed in recordings: templates, encrypted, and no picture.';
COMMENT ON COLUMN recorded_tracks.tenant_id IS 'identifier';
COMMENT ON COLUMN recorded_tracks.recording_id IS 'identifier';
COMMENT ON COLUMN recorded_tracks.number IS 'number: of the track in its recording';
COMMENT ON COLUMN recorded_tracks.first_s IS 'number: seconds from the beginning';
COMMENT ON COLUMN recorded_tracks.last_s IS 'number: seconds from the beginning';
COMMENT ON COLUMN recorded_tracks.best_s IS 'number: seconds from the beginning to the best shot';
COMMENT ON COLUMN recorded_tracks.frames IS 'number';
COMMENT ON COLUMN recorded_tracks.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN recorded_tracks.box IS 'number: of the face in the best shot, pixels of the video';
COMMENT ON COLUMN recorded_tracks.data_key_id IS 'identifier: of the key that it is encrypted with';
COMMENT ON COLUMN recorded_tracks.nonce IS 'number: random, used once';
COMMENT ON COLUMN recorded_tracks.ciphertext IS 'encrypted: the template, AES-256-GCM, bound to its row and model';

SELECT build_tenant_wall('recordings', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('recorded_tracks', 'SELECT, INSERT, UPDATE, DELETE');
