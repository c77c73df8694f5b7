-- Galleries, subjects, references, the keys that protect them, and the change feed that keeps indexes current.
-- Core features of PostgreSQL 15 only. Every key starts with the tenant, so that no row can point across tenants.
-- Comments start with how a column can be read: "clear text, name", "clear text, technical", "identifier" (random),
-- "number", "time", "digest" (keyed) or "encrypted".

CREATE TABLE galleries (
    tenant_id       uuid        NOT NULL,
    gallery_id      uuid        NOT NULL,
    name            text        COLLATE "C" NOT NULL,
    purpose         text        NOT NULL,
    pack            text        NOT NULL,
    model           text        NOT NULL,
    policy          jsonb       NOT NULL,
    change_sequence bigint      NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, gallery_id),
    CONSTRAINT galleries_name_unique UNIQUE (tenant_id, name)
);
COMMENT ON TABLE galleries IS 'The sets that are searched.';
COMMENT ON COLUMN galleries.tenant_id IS 'identifier: whose gallery it is';
COMMENT ON COLUMN galleries.gallery_id IS 'identifier';
COMMENT ON COLUMN galleries.name IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN galleries.purpose IS 'clear text, technical: what the gallery is for';
COMMENT ON COLUMN galleries.pack IS 'clear text, technical: model pack';
COMMENT ON COLUMN galleries.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN galleries.policy IS 'clear text, technical: error rates and limits';
COMMENT ON COLUMN galleries.change_sequence IS 'number: sequence of the latest change';
COMMENT ON COLUMN galleries.created_at IS 'time';

CREATE TABLE subjects (
    tenant_id  uuid        NOT NULL,
    subject_id uuid        NOT NULL,
    name       text        COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, subject_id),
    CONSTRAINT subjects_name_unique UNIQUE (tenant_id, name)
);
COMMENT ON TABLE subjects IS 'The humans known to the system.';
COMMENT ON COLUMN subjects.tenant_id IS 'identifier: whose subject it is';
COMMENT ON COLUMN subjects.subject_id IS 'identifier';
COMMENT ON COLUMN subjects.name IS 'clear text, name: a name or number chosen by the operator';
COMMENT ON COLUMN subjects.created_at IS 'time';

CREATE TABLE data_keys (
    tenant_id   uuid        NOT NULL,
    data_key_id uuid        NOT NULL,
    purpose     text        NOT NULL CHECK (purpose IN ('photo', 'template')),
    master      text        NOT NULL,
    wrapped     bytea       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    retired_at  timestamptz,
    PRIMARY KEY (tenant_id, data_key_id)
);
CREATE UNIQUE INDEX data_keys_one_current ON data_keys (tenant_id, purpose) WHERE retired_at IS NULL;
COMMENT ON TABLE data_keys IS 'Keys of templates and photo digests, each encrypted under a master key kept elsewhere.';
COMMENT ON COLUMN data_keys.tenant_id IS 'identifier: whose key it is';
COMMENT ON COLUMN data_keys.data_key_id IS 'identifier';
COMMENT ON COLUMN data_keys.purpose IS 'clear text, technical: template or photo';
COMMENT ON COLUMN data_keys.master IS 'clear text, technical: name of the master key';
COMMENT ON COLUMN data_keys.wrapped IS 'encrypted: the key, AES-256-GCM under the master key';
COMMENT ON COLUMN data_keys.created_at IS 'time';
COMMENT ON COLUMN data_keys.retired_at IS 'time: from when on nothing new is encrypted with it';

CREATE TABLE subject_references (
    tenant_id    uuid        NOT NULL,
    reference_id uuid        NOT NULL,
    gallery_id   uuid        NOT NULL,
    subject_id   uuid        NOT NULL,
    data_key_id  uuid        NOT NULL,
    nonce        bytea       NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext   bytea       NOT NULL,
    photo        bytea       CHECK (octet_length(photo) > 0),
    created_at   timestamptz NOT NULL,
    CONSTRAINT references_identifier PRIMARY KEY (tenant_id, reference_id),
    CONSTRAINT references_gallery FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries,
    CONSTRAINT references_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects,
    CONSTRAINT references_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
) WITH (toast_tuple_target = 8160);
-- Ciphertext does not compress, and reading a gallery is several times faster when it lies in the row itself.
ALTER TABLE subject_references ALTER COLUMN ciphertext SET STORAGE EXTERNAL;
CREATE INDEX references_in_gallery ON subject_references (tenant_id, gallery_id, subject_id, created_at, reference_id);
CREATE INDEX references_of_subject ON subject_references (tenant_id, subject_id);
CREATE INDEX references_under_key ON subject_references (tenant_id, data_key_id);
CREATE UNIQUE INDEX references_photo_unique ON subject_references (tenant_id, gallery_id, photo)
    WHERE photo IS NOT NULL;
COMMENT ON TABLE subject_references IS 'Templates kept for subjects.';
COMMENT ON COLUMN subject_references.tenant_id IS 'identifier: whose reference it is';
COMMENT ON COLUMN subject_references.reference_id IS 'identifier';
COMMENT ON COLUMN subject_references.gallery_id IS 'identifier';
COMMENT ON COLUMN subject_references.subject_id IS 'identifier';
COMMENT ON COLUMN subject_references.data_key_id IS 'identifier: the key of the ciphertext';
COMMENT ON COLUMN subject_references.nonce IS 'number: random, used once';
COMMENT ON COLUMN subject_references.ciphertext IS 'encrypted: the template, AES-256-GCM, bound to its row and model';
COMMENT ON COLUMN subject_references.photo IS 'digest: HMAC-SHA256 of the photo under a key of the tenant';
COMMENT ON COLUMN subject_references.created_at IS 'time';

CREATE TABLE gallery_changes (
    tenant_id  uuid   NOT NULL,
    gallery_id uuid   NOT NULL,
    subject_id uuid   NOT NULL,
    sequence   bigint NOT NULL,
    PRIMARY KEY (tenant_id, gallery_id, subject_id),
    FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE
);
CREATE UNIQUE INDEX gallery_changes_in_order ON gallery_changes (tenant_id, gallery_id, sequence);
COMMENT ON TABLE gallery_changes IS 'The latest change of each subject in a gallery; of erased ones only the identifier.';
COMMENT ON COLUMN gallery_changes.tenant_id IS 'identifier';
COMMENT ON COLUMN gallery_changes.gallery_id IS 'identifier';
COMMENT ON COLUMN gallery_changes.subject_id IS 'identifier: may belong to a subject that was erased';
COMMENT ON COLUMN gallery_changes.sequence IS 'number: gapless, in the order of commits';
