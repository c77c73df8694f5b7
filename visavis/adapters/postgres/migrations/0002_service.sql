-- Membership, kinds of subjects, kept images, the detection log, consents, receipts, the audit log, and a second wall
-- between tenants: row-level security.
--
-- Convention for this and later steps:
--   * Every table has tenant_id, its keys start with it, and every column's comment starts with how it can be read
--     (see 0001).
--   * Every table of tenants ends with one call that enables and forces row-level security, adds the policy
--     `tenant_wall` (a row is visible, and may be written, only if its tenant_id is the setting visavis.tenant), and
--     gives the role visavis_tenant the rights named, if that role exists:
--         SELECT build_tenant_wall('accounts', 'SELECT, INSERT, UPDATE, DELETE');
--   * A table that must be read before the tenant is known, or across tenants, is not forced: whoever runs outside
--     visavis_tenant, as the tables' owner, sees all of it; transactions of tenants still see only their own rows.
--         SELECT build_tenant_wall('api_keys', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
--   * Whoever may lock rows (SELECT … FOR UPDATE) needs the right UPDATE. Sequences need a GRANT USAGE of their own
--     (inside a DO block that looks into pg_roles), so prefer identifiers made by the program.
--   * A step that changes rows of a forced table lifts that first, because the owner is bound, too:
--     ALTER TABLE … NO FORCE ROW LEVEL SECURITY, and FORCE again afterwards.

CREATE FUNCTION build_tenant_wall(target regclass, rights text, forced boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', target);
    IF forced THEN
        EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', target);
    END IF;
    -- A subquery, so that the setting is read once for a statement and not once for a row.
    EXECUTE format(
        'CREATE POLICY tenant_wall ON %s USING '
        '(tenant_id = (SELECT nullif(current_setting(''visavis.tenant'', true), '''')::uuid))', target
    );
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'visavis_tenant') THEN
        EXECUTE format('GRANT %s ON %s TO visavis_tenant', rights, target);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION build_tenant_wall FROM PUBLIC;
COMMENT ON FUNCTION build_tenant_wall IS 'For steps of the schema: row-level security and rights of a table.';

ALTER TABLE subjects ADD COLUMN kind text NOT NULL DEFAULT 'named' CHECK (kind IN ('named', 'anonymous', 'face'));
ALTER TABLE subjects ALTER COLUMN kind DROP DEFAULT;
COMMENT ON COLUMN subjects.kind IS 'clear text, technical: named, anonymous or face';

UPDATE galleries SET policy = policy
    || '{"consent": "", "keep": "nothing", "unknowns": "log", "reference_days": 0, "event_days": 90}';
COMMENT ON COLUMN galleries.policy IS 'clear text, technical: error rates, limits, purpose of consents, retention';

CREATE TABLE gallery_members (
    tenant_id  uuid        NOT NULL,
    gallery_id uuid        NOT NULL,
    subject_id uuid        NOT NULL,
    joined_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, gallery_id, subject_id),
    FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE CASCADE
);
CREATE INDEX gallery_members_of_subject ON gallery_members (tenant_id, subject_id);
COMMENT ON TABLE gallery_members IS 'Who is in which gallery; whoever has a reference there is.';
COMMENT ON COLUMN gallery_members.tenant_id IS 'identifier';
COMMENT ON COLUMN gallery_members.gallery_id IS 'identifier';
COMMENT ON COLUMN gallery_members.subject_id IS 'identifier';
COMMENT ON COLUMN gallery_members.joined_at IS 'time';
INSERT INTO gallery_members (tenant_id, gallery_id, subject_id, joined_at)
    SELECT tenant_id, gallery_id, subject_id, min(created_at) FROM subject_references
    GROUP BY tenant_id, gallery_id, subject_id;

ALTER TABLE data_keys DROP CONSTRAINT data_keys_purpose_check;
ALTER TABLE data_keys ADD CONSTRAINT data_keys_purpose_check CHECK (purpose IN ('photo', 'template', 'signing'));
COMMENT ON TABLE data_keys IS 'Keys of a tenant, each encrypted under a master key kept elsewhere.';
COMMENT ON COLUMN data_keys.purpose IS 'clear text, technical: template (with details and images), photo or signing';

ALTER TABLE subject_references
    ADD COLUMN details_nonce bytea CHECK (octet_length(details_nonce) = 12),
    ADD COLUMN details_ciphertext bytea,
    ADD CONSTRAINT references_details_whole CHECK ((details_nonce IS NULL) = (details_ciphertext IS NULL));
CREATE INDEX references_by_age ON subject_references (tenant_id, gallery_id, created_at, reference_id);
COMMENT ON COLUMN subject_references.details_nonce IS 'number: random, used once';
COMMENT ON COLUMN subject_references.details_ciphertext IS
    'encrypted: where the reference came from, AES-256-GCM, bound to its row';

CREATE TABLE reference_samples (
    tenant_id    uuid  NOT NULL,
    reference_id uuid  NOT NULL,
    kind         text  NOT NULL CHECK (kind IN ('sample', 'photo')),
    data_key_id  uuid  NOT NULL,
    nonce        bytea NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext   bytea NOT NULL,
    PRIMARY KEY (tenant_id, reference_id, kind),
    FOREIGN KEY (tenant_id, reference_id) REFERENCES subject_references ON DELETE CASCADE,
    CONSTRAINT samples_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
);
ALTER TABLE reference_samples ALTER COLUMN ciphertext SET STORAGE EXTERNAL;  -- ciphertext does not compress
CREATE INDEX samples_under_key ON reference_samples (tenant_id, data_key_id);
COMMENT ON TABLE reference_samples IS 'What references were made of, where a gallery''s policy keeps it.';
COMMENT ON COLUMN reference_samples.tenant_id IS 'identifier';
COMMENT ON COLUMN reference_samples.reference_id IS 'identifier';
COMMENT ON COLUMN reference_samples.kind IS 'clear text, technical: sample (aligned face) or photo (file as sent)';
COMMENT ON COLUMN reference_samples.data_key_id IS 'identifier: the key of the ciphertext';
COMMENT ON COLUMN reference_samples.nonce IS 'number: random, used once';
COMMENT ON COLUMN reference_samples.ciphertext IS 'encrypted: the image, AES-256-GCM, bound to its row';

CREATE TABLE event_counters (
    tenant_id uuid   PRIMARY KEY,
    sequence  bigint NOT NULL
);
COMMENT ON TABLE event_counters IS 'The sequence of each tenant''s latest event.';
COMMENT ON COLUMN event_counters.tenant_id IS 'identifier';
COMMENT ON COLUMN event_counters.sequence IS 'number: gapless, in the order of commits';

CREATE TABLE events (
    tenant_id   uuid        NOT NULL,
    event_id    uuid        NOT NULL,
    sequence    bigint      NOT NULL,
    kind        text        NOT NULL,
    captured_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    gallery_id  uuid,
    gallery     text        COLLATE "C" NOT NULL,
    source      text        COLLATE "C" NOT NULL,
    reference   text        COLLATE "C" NOT NULL,
    position    integer     NOT NULL,
    outcome     text,
    subject_id  uuid,
    score       double precision,
    measure     text        NOT NULL,
    fmr         double precision,
    fpir        double precision,
    threshold   double precision,
    model       text        NOT NULL,
    policy      text        NOT NULL,
    searched    bigint      NOT NULL,
    quality     double precision,
    reasons     text[]      NOT NULL,
    box         double precision[] CHECK (cardinality(box) = 4),
    software    text        NOT NULL,
    request     uuid,
    job_id      uuid,
    verdict     text,
    CONSTRAINT events_identifier PRIMARY KEY (tenant_id, event_id),
    CONSTRAINT events_in_order UNIQUE (tenant_id, sequence),
    -- Erasing a subject takes it out of every event in the same transaction, whoever erases it.
    CONSTRAINT events_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE SET NULL (subject_id)
);
CREATE UNIQUE INDEX events_capture_unique ON events (tenant_id, source, reference, gallery_id, position)
    NULLS NOT DISTINCT WHERE reference <> '';
CREATE INDEX events_of_subject ON events (tenant_id, subject_id, sequence) WHERE subject_id IS NOT NULL;
CREATE INDEX events_of_gallery ON events (tenant_id, gallery_id, sequence);
CREATE INDEX events_by_capture ON events (tenant_id, captured_at);
CREATE INDEX events_by_age ON events (tenant_id, recorded_at);
COMMENT ON TABLE events IS 'The detection log; nothing in it shows a face.';
COMMENT ON COLUMN events.tenant_id IS 'identifier';
COMMENT ON COLUMN events.event_id IS 'identifier';
COMMENT ON COLUMN events.sequence IS 'number: gapless, in the order of commits';
COMMENT ON COLUMN events.kind IS 'clear text, technical: identified, verified or rejected';
COMMENT ON COLUMN events.captured_at IS 'time: when the light fell in';
COMMENT ON COLUMN events.recorded_at IS 'time';
COMMENT ON COLUMN events.gallery_id IS 'identifier: may belong to a gallery that is gone';
COMMENT ON COLUMN events.gallery IS 'clear text, name: of the gallery, chosen by the operator';
COMMENT ON COLUMN events.source IS 'clear text, technical: the camera, gate or application, as the sender calls it';
COMMENT ON COLUMN events.reference IS 'clear text, technical: the sender''s identifier of the capture';
COMMENT ON COLUMN events.position IS 'number: of the face in its capture';
COMMENT ON COLUMN events.outcome IS 'clear text, technical: match, non_match or inconclusive';
COMMENT ON COLUMN events.subject_id IS 'identifier: of the subject that was recognised';
COMMENT ON COLUMN events.score IS 'number: comparison score';
COMMENT ON COLUMN events.measure IS 'clear text, technical: of the score';
COMMENT ON COLUMN events.fmr IS 'number: false-match rate at the score';
COMMENT ON COLUMN events.fpir IS 'number: false-positive identification rate at the score';
COMMENT ON COLUMN events.threshold IS 'number: comparison score that was needed';
COMMENT ON COLUMN events.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN events.policy IS 'clear text, technical: name of the policy';
COMMENT ON COLUMN events.searched IS 'number: of references that were searched';
COMMENT ON COLUMN events.quality IS 'number: unified quality of the face';
COMMENT ON COLUMN events.reasons IS 'clear text, technical: why the face was rejected';
COMMENT ON COLUMN events.box IS 'number: left, top, width and height of the face in pixels';
COMMENT ON COLUMN events.software IS 'clear text, technical: version that decided';
COMMENT ON COLUMN events.request IS 'identifier: of the request';
COMMENT ON COLUMN events.job_id IS 'identifier: of the job';
COMMENT ON COLUMN events.verdict IS 'clear text, technical: outcome that a person decided on';

CREATE TABLE consents (
    tenant_id    uuid        NOT NULL,
    consent_id   uuid        NOT NULL,
    subject_id   uuid        NOT NULL,
    purpose      text        COLLATE "C" NOT NULL,
    text_version text        NOT NULL,
    evidence     text        NOT NULL,
    granted_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    CONSTRAINT consents_identifier PRIMARY KEY (tenant_id, consent_id),
    CONSTRAINT consents_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE CASCADE
);
CREATE INDEX consents_of_subject ON consents (tenant_id, subject_id, granted_at);
CREATE INDEX consents_for_purpose ON consents (tenant_id, purpose, subject_id);
COMMENT ON TABLE consents IS 'What subjects agreed to. They go with their subject.';
COMMENT ON COLUMN consents.tenant_id IS 'identifier';
COMMENT ON COLUMN consents.consent_id IS 'identifier';
COMMENT ON COLUMN consents.subject_id IS 'identifier';
COMMENT ON COLUMN consents.purpose IS 'clear text, technical: what for';
COMMENT ON COLUMN consents.text_version IS 'clear text, technical: the wording that was agreed to';
COMMENT ON COLUMN consents.evidence IS 'clear text, technical: where the proof lies, as a form''s number';
COMMENT ON COLUMN consents.granted_at IS 'time';
COMMENT ON COLUMN consents.expires_at IS 'time';
COMMENT ON COLUMN consents.revoked_at IS 'time';

CREATE TABLE erasure_receipts (
    tenant_id  uuid        NOT NULL,
    receipt_id uuid        NOT NULL,
    subject_id uuid        NOT NULL,
    erased_at  timestamptz NOT NULL,
    document   text        NOT NULL,
    signature  bytea       NOT NULL,
    public_key bytea       NOT NULL,
    PRIMARY KEY (tenant_id, receipt_id)
);
CREATE INDEX erasure_receipts_by_time ON erasure_receipts (tenant_id, erased_at, receipt_id);
COMMENT ON TABLE erasure_receipts IS 'Signed proofs of erasures; all that is left of a subject.';
COMMENT ON COLUMN erasure_receipts.tenant_id IS 'identifier';
COMMENT ON COLUMN erasure_receipts.receipt_id IS 'identifier';
COMMENT ON COLUMN erasure_receipts.subject_id IS 'identifier: of the subject that was erased';
COMMENT ON COLUMN erasure_receipts.erased_at IS 'time';
COMMENT ON COLUMN erasure_receipts.document IS 'clear text, technical: the JSON text that was signed; identifiers only';
COMMENT ON COLUMN erasure_receipts.signature IS 'digest: Ed25519 signature of the document';
COMMENT ON COLUMN erasure_receipts.public_key IS 'clear text, technical: Ed25519 public key';

CREATE TABLE audit_log (
    tenant_id uuid        NOT NULL,
    sequence  bigint      NOT NULL CHECK (sequence > 0),
    at        timestamptz NOT NULL,
    actor     text        NOT NULL,
    action    text        NOT NULL,
    target    text        NOT NULL,
    request   uuid,
    details   text        NOT NULL,  -- not jsonb, which reorders keys and rewrites numbers: the digest covers the text
    previous  text        NOT NULL CHECK (previous ~ '^[0-9a-f]{64}$'),
    digest    text        NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (tenant_id, sequence)
);
COMMENT ON TABLE audit_log IS 'Who did what. Append-only; each entry contains the digest of the one before it.';
COMMENT ON COLUMN audit_log.tenant_id IS 'identifier';
COMMENT ON COLUMN audit_log.sequence IS 'number: gapless, in the order of commits';
COMMENT ON COLUMN audit_log.at IS 'time';
COMMENT ON COLUMN audit_log.actor IS 'clear text, technical: kind and identifier of who did it';
COMMENT ON COLUMN audit_log.action IS 'clear text, technical: what was done';
COMMENT ON COLUMN audit_log.target IS 'clear text, technical: kind and identifier of what it was done to';
COMMENT ON COLUMN audit_log.request IS 'identifier: of the request';
COMMENT ON COLUMN audit_log.details IS 'clear text, technical: figures, identifiers and technical words, as JSON';
COMMENT ON COLUMN audit_log.previous IS 'digest: of the entry before, not keyed';
COMMENT ON COLUMN audit_log.digest IS 'digest: SHA-256 of the entry, not keyed';

CREATE FUNCTION refuse_to_alter_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION refuse_to_alter_audit_log();
CREATE TRIGGER audit_log_not_emptied BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_alter_audit_log();

SELECT build_tenant_wall('galleries', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('subjects', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('data_keys', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('subject_references', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('gallery_changes', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('gallery_members', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('reference_samples', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('event_counters', 'SELECT, INSERT, UPDATE');
SELECT build_tenant_wall('events', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('consents', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('erasure_receipts', 'SELECT, INSERT');
SELECT build_tenant_wall('audit_log', 'SELECT, INSERT');
