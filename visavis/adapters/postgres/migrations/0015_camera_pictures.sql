-- The newest picture of each camera, for people who watch.

CREATE TABLE camera_pictures (
    tenant_id   uuid        NOT NULL,
    camera      text        COLLATE "C" NOT NULL,
    gallery     text        COLLATE "C" NOT NULL,
    width_px    integer     NOT NULL,
    height_px   integer     NOT NULL,
    blurred     boolean     NOT NULL,
    taken_at    timestamptz NOT NULL,
    keep_until  timestamptz NOT NULL,
    data_key_id uuid        NOT NULL,
    nonce       bytea       NOT NULL,
    ciphertext  bytea       NOT NULL,
    CONSTRAINT camera_pictures_identifier PRIMARY KEY (tenant_id, camera),
    FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
);
CREATE INDEX camera_pictures_to_forget ON camera_pictures (tenant_id, keep_until);
CREATE INDEX camera_pictures_under_key ON camera_pictures (tenant_id, data_key_id);
COMMENT ON TABLE camera_pictures IS 'The newest picture of each camera whose configuration allows it; soon forgotten.';
COMMENT ON COLUMN camera_pictures.tenant_id IS 'identifier';
COMMENT ON COLUMN camera_pictures.camera IS 'clear text, technical: the camera';
COMMENT ON COLUMN camera_pictures.gallery IS 'clear text, name: of the gallery that its faces are searched in';
COMMENT ON COLUMN camera_pictures.width_px IS 'number';
COMMENT ON COLUMN camera_pictures.height_px IS 'number';
COMMENT ON COLUMN camera_pictures.blurred IS 'number: whether faces were made unrecognisable';
COMMENT ON COLUMN camera_pictures.taken_at IS 'time';
COMMENT ON COLUMN camera_pictures.keep_until IS 'time: when it is forgotten';
COMMENT ON COLUMN camera_pictures.data_key_id IS 'identifier: of the key that it is encrypted with';
COMMENT ON COLUMN camera_pictures.nonce IS 'number: random, used once';
COMMENT ON COLUMN camera_pictures.ciphertext IS 'encrypted: the picture, AES-256-GCM, bound to its row';

SELECT build_tenant_wall('camera_pictures', 'SELECT, INSERT, UPDATE, DELETE');
