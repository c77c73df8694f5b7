-- Corrections that are remembered: looks that are not a subject, subjects that are one human, or two.

CREATE TABLE corrections (
    tenant_id     uuid        NOT NULL,
    correction_id uuid        NOT NULL,
    sequence      bigint      NOT NULL,
    kind          text        NOT NULL,
    subject_id    uuid        NOT NULL,
    other_id      uuid,
    gone_id       uuid,
    event_id      uuid,
    gallery_ids   uuid[]      NOT NULL,
    made_at       timestamptz NOT NULL,
    made_by       text        NOT NULL,
    expires_at    timestamptz NOT NULL,
    note          text        COLLATE "C" NOT NULL,
    undo          jsonb       NOT NULL,
    undone_at     timestamptz,
    undone_by     text        NOT NULL DEFAULT '',
    CONSTRAINT corrections_identifier PRIMARY KEY (tenant_id, correction_id),
    CONSTRAINT corrections_in_order UNIQUE (tenant_id, sequence),
    CONSTRAINT corrections_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE CASCADE,
    CONSTRAINT corrections_other FOREIGN KEY (tenant_id, other_id) REFERENCES subjects ON DELETE CASCADE
);
CREATE INDEX corrections_of_subject ON corrections (tenant_id, subject_id, sequence);
CREATE INDEX corrections_of_other ON corrections (tenant_id, other_id, sequence) WHERE other_id IS NOT NULL;
CREATE INDEX corrections_of_event ON corrections (tenant_id, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX corrections_to_forget ON corrections (tenant_id, expires_at);
COMMENT ON TABLE corrections IS 'What people put right, and how it can be undone. They go with the subjects concerned.';
COMMENT ON COLUMN corrections.tenant_id IS 'identifier';
COMMENT ON COLUMN corrections.correction_id IS 'identifier';
COMMENT ON COLUMN corrections.sequence IS 'number: in the order of commits';
COMMENT ON COLUMN corrections.kind IS 'clear text, technical: deny, assign, merge or split';
COMMENT ON COLUMN corrections.subject_id IS 'identifier: of the subject denied, assigned, merged into or split';
COMMENT ON COLUMN corrections.other_id IS 'identifier: of the subject an event was taken from, or that was split off';
COMMENT ON COLUMN corrections.gone_id IS 'identifier: of a subject that was merged and is no more';
COMMENT ON COLUMN corrections.event_id IS 'identifier: may belong to an event that is gone';
COMMENT ON COLUMN corrections.gallery_ids IS 'identifier: of the galleries concerned';
COMMENT ON COLUMN corrections.made_at IS 'time';
COMMENT ON COLUMN corrections.made_by IS 'identifier: of the actor';
COMMENT ON COLUMN corrections.expires_at IS 'time: until when it can be undone, and is kept';
COMMENT ON COLUMN corrections.note IS 'clear text, name: written by the operator';
COMMENT ON COLUMN corrections.undo IS 'clear text, name: identifiers of what was moved, and names of subjects before it';
COMMENT ON COLUMN corrections.undone_at IS 'time';
COMMENT ON COLUMN corrections.undone_by IS 'identifier: of the actor';

CREATE TABLE denials (
    tenant_id     uuid        NOT NULL,
    denial_id     uuid        NOT NULL,
    correction_id uuid        NOT NULL,
    gallery_id    uuid        NOT NULL,
    subject_id    uuid        NOT NULL,
    shows_id      uuid,
    event_id      uuid,
    model         text        NOT NULL,
    data_key_id   uuid        NOT NULL,
    nonce         bytea       NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext    bytea       NOT NULL,
    created_at    timestamptz NOT NULL,
    CONSTRAINT denials_identifier PRIMARY KEY (tenant_id, denial_id),
    CONSTRAINT denials_correction FOREIGN KEY (tenant_id, correction_id) REFERENCES corrections ON DELETE CASCADE,
    CONSTRAINT denials_subject FOREIGN KEY (tenant_id, gallery_id, subject_id) REFERENCES gallery_members
        ON DELETE CASCADE,
    CONSTRAINT denials_shows FOREIGN KEY (tenant_id, shows_id) REFERENCES subjects ON DELETE CASCADE,
    CONSTRAINT denials_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
);
CREATE INDEX denials_of_subject ON denials (tenant_id, gallery_id, subject_id, created_at);
CREATE INDEX denials_that_show ON denials (tenant_id, shows_id) WHERE shows_id IS NOT NULL;
CREATE INDEX denials_of_event ON denials (tenant_id, event_id) WHERE event_id IS NOT NULL;
CREATE INDEX denials_of_correction ON denials (tenant_id, correction_id);
CREATE INDEX denials_under_key ON denials (tenant_id, data_key_id);
COMMENT ON TABLE denials IS 'Looks that are not a subject, although they were taken for it.';
COMMENT ON COLUMN denials.tenant_id IS 'identifier';
COMMENT ON COLUMN denials.denial_id IS 'identifier';
COMMENT ON COLUMN denials.correction_id IS 'identifier';
COMMENT ON COLUMN denials.gallery_id IS 'identifier';
COMMENT ON COLUMN denials.subject_id IS 'identifier: of the subject that it is not';
COMMENT ON COLUMN denials.shows_id IS 'identifier: of the subject that it is, if known';
COMMENT ON COLUMN denials.event_id IS 'identifier: may belong to an event that is gone';
COMMENT ON COLUMN denials.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN denials.data_key_id IS 'identifier: the key of the ciphertext';
COMMENT ON COLUMN denials.nonce IS 'number: random, used once';
COMMENT ON COLUMN denials.ciphertext IS 'encrypted: the template, AES-256-GCM, bound to its row and model';
COMMENT ON COLUMN denials.created_at IS 'time';

CREATE TABLE parked_references (
    tenant_id     uuid        NOT NULL,
    correction_id uuid        NOT NULL,
    reference_id  uuid        NOT NULL,
    gallery_id    uuid        NOT NULL,
    subject_id    uuid        NOT NULL,
    owner_id      uuid        NOT NULL,
    model         text        NOT NULL,
    photo         bytea,
    data_key_id   uuid        NOT NULL,
    nonce         bytea       NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext    bytea       NOT NULL,
    created_at    timestamptz NOT NULL,
    CONSTRAINT parked_references_identifier PRIMARY KEY (tenant_id, correction_id, reference_id),
    CONSTRAINT parked_references_correction FOREIGN KEY (tenant_id, correction_id) REFERENCES corrections
        ON DELETE CASCADE,
    CONSTRAINT parked_references_subject FOREIGN KEY (tenant_id, gallery_id, subject_id) REFERENCES gallery_members
        ON DELETE CASCADE,
    CONSTRAINT parked_references_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
);
CREATE INDEX parked_references_of_subject ON parked_references (tenant_id, gallery_id, subject_id);
CREATE INDEX parked_references_under_key ON parked_references (tenant_id, data_key_id);
COMMENT ON TABLE parked_references IS 'References beyond the limit that a merge took out, until it cannot be undone.';
COMMENT ON COLUMN parked_references.tenant_id IS 'identifier';
COMMENT ON COLUMN parked_references.correction_id IS 'identifier';
COMMENT ON COLUMN parked_references.reference_id IS 'identifier';
COMMENT ON COLUMN parked_references.gallery_id IS 'identifier';
COMMENT ON COLUMN parked_references.subject_id IS 'identifier: of the subject that has the others';
COMMENT ON COLUMN parked_references.owner_id IS 'identifier: of the subject that had it before';
COMMENT ON COLUMN parked_references.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN parked_references.photo IS 'digest: HMAC-SHA256 of the photo under a key of the tenant';
COMMENT ON COLUMN parked_references.data_key_id IS 'identifier: the key of the ciphertext';
COMMENT ON COLUMN parked_references.nonce IS 'number: random, used once';
COMMENT ON COLUMN parked_references.ciphertext IS
    'encrypted: template, details and kept images, AES-256-GCM, bound to its row and model';
COMMENT ON COLUMN parked_references.created_at IS 'time: of the reference';

CREATE TABLE subject_aliases (
    tenant_id  uuid        NOT NULL,
    alias_id   uuid        NOT NULL,
    subject_id uuid        NOT NULL,
    since      timestamptz NOT NULL,
    CONSTRAINT subject_aliases_identifier PRIMARY KEY (tenant_id, alias_id),
    CONSTRAINT subject_aliases_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE CASCADE
);
CREATE INDEX subject_aliases_of_subject ON subject_aliases (tenant_id, subject_id);
COMMENT ON TABLE subject_aliases IS 'Identifiers of subjects that were merged, and whom they stand for now.';
COMMENT ON COLUMN subject_aliases.tenant_id IS 'identifier';
COMMENT ON COLUMN subject_aliases.alias_id IS 'identifier: of the subject that is no more';
COMMENT ON COLUMN subject_aliases.subject_id IS 'identifier';
COMMENT ON COLUMN subject_aliases.since IS 'time';

CREATE TABLE subjects_apart (
    tenant_id uuid        NOT NULL,
    one_id    uuid        NOT NULL,
    other_id  uuid        NOT NULL CHECK (one_id < other_id),
    since     timestamptz NOT NULL,
    CONSTRAINT subjects_apart_identifier PRIMARY KEY (tenant_id, one_id, other_id),
    CONSTRAINT subjects_apart_one FOREIGN KEY (tenant_id, one_id) REFERENCES subjects ON DELETE CASCADE,
    CONSTRAINT subjects_apart_other FOREIGN KEY (tenant_id, other_id) REFERENCES subjects ON DELETE CASCADE
);
CREATE INDEX subjects_apart_from_other ON subjects_apart (tenant_id, other_id);
COMMENT ON TABLE subjects_apart IS 'Pairs of subjects of whom a person said that they are two humans.';
COMMENT ON COLUMN subjects_apart.tenant_id IS 'identifier';
COMMENT ON COLUMN subjects_apart.one_id IS 'identifier';
COMMENT ON COLUMN subjects_apart.other_id IS 'identifier';
COMMENT ON COLUMN subjects_apart.since IS 'time';

SELECT build_tenant_wall('corrections', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('denials', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('parked_references', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('subject_aliases', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('subjects_apart', 'SELECT, INSERT, UPDATE, DELETE');
