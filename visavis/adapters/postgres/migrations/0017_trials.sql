-- Model packs on trial in galleries: they decide beside the pack in force, or a share of the searches.

CREATE TABLE trials (
    tenant_id  uuid             NOT NULL,
    trial_id   uuid             NOT NULL,
    gallery_id uuid             NOT NULL,
    pack       text             COLLATE "C" NOT NULL,
    model      text             NOT NULL,
    state      text             NOT NULL CHECK (state IN ('shadow', 'canary')),
    share      double precision NOT NULL,
    limits     jsonb            NOT NULL,
    notice     text             NOT NULL,
    started_at timestamptz      NOT NULL,
    changed_at timestamptz      NOT NULL,
    shadow     jsonb            NOT NULL,
    canary     jsonb            NOT NULL,
    CONSTRAINT trials_identifier PRIMARY KEY (tenant_id, trial_id),
    CONSTRAINT trials_one_in_gallery UNIQUE (tenant_id, gallery_id),
    CONSTRAINT trials_gallery FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE
);
COMMENT ON TABLE trials IS 'Model packs that are tried out in a gallery, and how often they agreed with the one in force.';
COMMENT ON COLUMN trials.tenant_id IS 'identifier';
COMMENT ON COLUMN trials.trial_id IS 'identifier';
COMMENT ON COLUMN trials.gallery_id IS 'identifier';
COMMENT ON COLUMN trials.pack IS 'clear text, technical: the model pack on trial';
COMMENT ON COLUMN trials.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN trials.state IS 'clear text, technical: whether it only looks on, or decides a share';
COMMENT ON COLUMN trials.share IS 'number: of the searches that it decides';
COMMENT ON COLUMN trials.limits IS 'number: beyond which it stops deciding';
COMMENT ON COLUMN trials.notice IS 'clear text, technical: what happened by itself';
COMMENT ON COLUMN trials.started_at IS 'time';
COMMENT ON COLUMN trials.changed_at IS 'time';
COMMENT ON COLUMN trials.shadow IS 'number: counts, scores and times while it only looked on';
COMMENT ON COLUMN trials.canary IS 'number: counts, scores and times while it decided a share';

CREATE TABLE trial_templates (
    tenant_id    uuid NOT NULL,
    reference_id uuid NOT NULL,
    trial_id     uuid NOT NULL,
    model        text NOT NULL,
    fault        text NOT NULL,
    data_key_id  uuid,
    nonce        bytea CHECK (octet_length(nonce) = 12),
    ciphertext   bytea,
    CONSTRAINT trial_templates_identifier PRIMARY KEY (tenant_id, reference_id),
    CONSTRAINT trial_templates_whole CHECK ((ciphertext IS NULL) = (fault <> '')
        AND (nonce IS NULL) = (ciphertext IS NULL) AND (data_key_id IS NULL) = (ciphertext IS NULL)),
    CONSTRAINT trial_templates_trial FOREIGN KEY (tenant_id, trial_id) REFERENCES trials ON DELETE CASCADE,
    CONSTRAINT trial_templates_reference FOREIGN KEY (tenant_id, reference_id)
        REFERENCES subject_references ON DELETE CASCADE,
    CONSTRAINT trial_templates_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
);
CREATE INDEX trial_templates_of_trial ON trial_templates (tenant_id, trial_id);
CREATE INDEX trial_templates_under_key ON trial_templates (tenant_id, data_key_id);
COMMENT ON TABLE trial_templates IS 'What a model pack on trial made of references; it goes with them.';
COMMENT ON COLUMN trial_templates.tenant_id IS 'identifier';
COMMENT ON COLUMN trial_templates.reference_id IS 'identifier';
COMMENT ON COLUMN trial_templates.trial_id IS 'identifier';
COMMENT ON COLUMN trial_templates.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN trial_templates.fault IS 'clear text, technical: code of what kept it from being made';
COMMENT ON COLUMN trial_templates.data_key_id IS 'identifier';
COMMENT ON COLUMN trial_templates.nonce IS 'number: random, used once';
COMMENT ON COLUMN trial_templates.ciphertext IS 'encrypted: the template, AES-256-GCM, bound to its row and model';

CREATE TABLE trial_disagreements (
    tenant_id       uuid        NOT NULL,
    trial_id        uuid        NOT NULL,
    event_id        uuid        NOT NULL,
    agreement       text        NOT NULL,
    at              timestamptz NOT NULL,
    in_force_score  double precision,
    candidate_score double precision,
    CONSTRAINT trial_disagreements_identifier PRIMARY KEY (tenant_id, trial_id, event_id),
    CONSTRAINT trial_disagreements_trial FOREIGN KEY (tenant_id, trial_id) REFERENCES trials ON DELETE CASCADE,
    CONSTRAINT trial_disagreements_event FOREIGN KEY (tenant_id, event_id) REFERENCES events ON DELETE CASCADE
);
CREATE INDEX trial_disagreements_of_event ON trial_disagreements (tenant_id, event_id);
COMMENT ON TABLE trial_disagreements IS 'The latest events that a pack on trial and the one in force decided differently.';
COMMENT ON COLUMN trial_disagreements.tenant_id IS 'identifier';
COMMENT ON COLUMN trial_disagreements.trial_id IS 'identifier';
COMMENT ON COLUMN trial_disagreements.event_id IS 'identifier';
COMMENT ON COLUMN trial_disagreements.agreement IS 'clear text, technical: in what they differ';
COMMENT ON COLUMN trial_disagreements.at IS 'time';
COMMENT ON COLUMN trial_disagreements.in_force_score IS 'number: similarity';
COMMENT ON COLUMN trial_disagreements.candidate_score IS 'number: similarity';

SELECT build_tenant_wall('trials', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('trial_templates', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('trial_disagreements', 'SELECT, INSERT, UPDATE, DELETE');
