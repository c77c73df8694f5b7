-- Jobs and their items, templates that wait for a gallery to change its model, webhooks and their deliveries.
-- What is encrypted here is so under a key derived from the tenant's photo key (see adapters/postgres/vault.py).
-- `jobs` and `webhooks` are not forced: workers ask across tenants where something is to be done.

-- Of the queue, which makes its own tables in it. Nothing in them is more than a hint that something waits.
CREATE SCHEMA visavis_queue;

CREATE TABLE jobs (
    tenant_id    uuid        NOT NULL,
    job_id       uuid        NOT NULL,
    sequence     bigint      GENERATED ALWAYS AS IDENTITY,
    kind         text        NOT NULL CHECK (kind IN ('classify', 'enrol', 'reembed')),
    gallery_id   uuid        NOT NULL,
    gallery      text        COLLATE "C" NOT NULL,
    stream       text        COLLATE "C" NOT NULL,
    source       text        COLLATE "C" NOT NULL,
    actor        text        NOT NULL,
    request      uuid,
    options      jsonb       NOT NULL,
    state        text        NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    total        bigint      NOT NULL,
    succeeded    bigint      NOT NULL DEFAULT 0,
    failed       bigint      NOT NULL DEFAULT 0,
    cancelled    bigint      NOT NULL DEFAULT 0,
    fault        jsonb,
    created_at   timestamptz NOT NULL,
    started_at   timestamptz,
    finished_at  timestamptz,
    CONSTRAINT jobs_identifier PRIMARY KEY (tenant_id, job_id)
);
CREATE UNIQUE INDEX jobs_in_order ON jobs (tenant_id, sequence);
CREATE INDEX jobs_open ON jobs (tenant_id, stream, sequence) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_by_age ON jobs (tenant_id, finished_at) WHERE finished_at IS NOT NULL;
COMMENT ON TABLE jobs IS 'Work that is done later.';
COMMENT ON COLUMN jobs.tenant_id IS 'identifier';
COMMENT ON COLUMN jobs.job_id IS 'identifier';
COMMENT ON COLUMN jobs.sequence IS 'number: in the order of submission';
COMMENT ON COLUMN jobs.kind IS 'clear text, technical: classify, enrol or reembed';
COMMENT ON COLUMN jobs.gallery_id IS 'identifier: may belong to a gallery that is gone';
COMMENT ON COLUMN jobs.gallery IS 'clear text, name: of the gallery, chosen by the operator';
COMMENT ON COLUMN jobs.stream IS 'clear text, technical: items of one stream are processed in order';
COMMENT ON COLUMN jobs.source IS 'clear text, technical: the camera, gate or application, as the sender calls it';
COMMENT ON COLUMN jobs.actor IS 'clear text, technical: kind and identifier of who submitted it';
COMMENT ON COLUMN jobs.request IS 'identifier: of the request';
COMMENT ON COLUMN jobs.options IS 'clear text, technical';
COMMENT ON COLUMN jobs.state IS 'clear text, technical';
COMMENT ON COLUMN jobs.total IS 'number: of items';
COMMENT ON COLUMN jobs.succeeded IS 'number: of items';
COMMENT ON COLUMN jobs.failed IS 'number: of items';
COMMENT ON COLUMN jobs.cancelled IS 'number: of items';
COMMENT ON COLUMN jobs.fault IS 'clear text, technical: why it failed';
COMMENT ON COLUMN jobs.created_at IS 'time';
COMMENT ON COLUMN jobs.started_at IS 'time';
COMMENT ON COLUMN jobs.finished_at IS 'time';

CREATE TABLE job_items (
    tenant_id   uuid        NOT NULL,
    job_id      uuid        NOT NULL,
    number      integer     NOT NULL CHECK (number >= 0),
    kind        text        NOT NULL CHECK (kind IN ('photo', 'crop', 'path', 'reference')),
    label       text        NOT NULL,
    subject     text        NOT NULL,
    captured_at timestamptz,
    state       text        NOT NULL CHECK (state IN ('queued', 'succeeded', 'failed', 'cancelled')),
    attempts    integer     NOT NULL DEFAULT 0,
    nonce       bytea       CHECK (octet_length(nonce) = 12),
    ciphertext  bytea,
    result      jsonb,
    fault       jsonb,
    finished_at timestamptz,
    PRIMARY KEY (tenant_id, job_id, number),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs ON DELETE CASCADE,
    CONSTRAINT job_items_forget_payload CHECK (state = 'queued' OR ciphertext IS NULL)
);
ALTER TABLE job_items ALTER COLUMN ciphertext SET STORAGE EXTERNAL;  -- ciphertext does not compress
CREATE INDEX job_items_waiting ON job_items (tenant_id, job_id, number) WHERE state = 'queued';
CREATE INDEX job_items_of_subject ON job_items (tenant_id, subject) WHERE subject <> '';
CREATE INDEX job_items_naming_subjects ON job_items USING gin (result jsonb_path_ops);
COMMENT ON TABLE job_items IS 'The photos of jobs. What was sent is kept until it is processed, its result for some days.';
COMMENT ON COLUMN job_items.tenant_id IS 'identifier';
COMMENT ON COLUMN job_items.job_id IS 'identifier';
COMMENT ON COLUMN job_items.number IS 'number: its place in the job';
COMMENT ON COLUMN job_items.kind IS 'clear text, technical: photo, crop, path or reference';
COMMENT ON COLUMN job_items.label IS 'clear text, name: what the sender calls it, a file name or the reference of a capture';
COMMENT ON COLUMN job_items.subject IS 'clear text, name: whom it is enrolled for';
COMMENT ON COLUMN job_items.captured_at IS 'time: when the light fell in';
COMMENT ON COLUMN job_items.state IS 'clear text, technical';
COMMENT ON COLUMN job_items.attempts IS 'number: how often a worker began it';
COMMENT ON COLUMN job_items.nonce IS 'number: random, used once';
COMMENT ON COLUMN job_items.ciphertext IS 'encrypted: what was sent, AES-256-GCM, bound to its row';
COMMENT ON COLUMN job_items.result IS 'clear text, technical: identifiers, outcomes and scores';
COMMENT ON COLUMN job_items.fault IS 'clear text, technical: why it failed';
COMMENT ON COLUMN job_items.finished_at IS 'time';

CREATE TABLE staged_templates (
    tenant_id    uuid  NOT NULL,
    job_id       uuid  NOT NULL,
    reference_id uuid  NOT NULL,
    gallery_id   uuid  NOT NULL,
    subject_id   uuid  NOT NULL,
    model        text  NOT NULL,
    nonce        bytea NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext   bytea NOT NULL,
    PRIMARY KEY (tenant_id, job_id, reference_id),
    FOREIGN KEY (tenant_id, job_id) REFERENCES jobs ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, reference_id) REFERENCES subject_references ON DELETE CASCADE
);
CREATE INDEX staged_templates_of_reference ON staged_templates (tenant_id, reference_id);
COMMENT ON TABLE staged_templates IS 'Templates of another model that wait for their gallery to change to it.';
COMMENT ON COLUMN staged_templates.tenant_id IS 'identifier';
COMMENT ON COLUMN staged_templates.job_id IS 'identifier';
COMMENT ON COLUMN staged_templates.reference_id IS 'identifier';
COMMENT ON COLUMN staged_templates.gallery_id IS 'identifier';
COMMENT ON COLUMN staged_templates.subject_id IS 'identifier';
COMMENT ON COLUMN staged_templates.model IS 'clear text, technical: model identity';
COMMENT ON COLUMN staged_templates.nonce IS 'number: random, used once';
COMMENT ON COLUMN staged_templates.ciphertext IS 'encrypted: the template, AES-256-GCM, bound to its row and model';

CREATE TABLE webhooks (
    tenant_id   uuid        NOT NULL,
    webhook_id  uuid        NOT NULL,
    url         text        NOT NULL,
    nonce       bytea       NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext  bytea       NOT NULL,
    kinds       text[]      NOT NULL,
    outcomes    text[]      NOT NULL,
    galleries   text[]      NOT NULL,
    active      boolean     NOT NULL,
    description text        NOT NULL,
    cursor      bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT webhooks_identifier PRIMARY KEY (tenant_id, webhook_id)
);
COMMENT ON TABLE webhooks IS 'Where events are sent to.';
COMMENT ON COLUMN webhooks.tenant_id IS 'identifier';
COMMENT ON COLUMN webhooks.webhook_id IS 'identifier';
COMMENT ON COLUMN webhooks.url IS 'clear text, technical: address';
COMMENT ON COLUMN webhooks.nonce IS 'number: random, used once';
COMMENT ON COLUMN webhooks.ciphertext IS 'encrypted: the secret that signs what is sent, AES-256-GCM, bound to its row';
COMMENT ON COLUMN webhooks.kinds IS 'clear text, technical: of events that are sent';
COMMENT ON COLUMN webhooks.outcomes IS 'clear text, technical: of events that are sent';
COMMENT ON COLUMN webhooks.galleries IS 'clear text, name: of galleries whose events are sent, chosen by the operator';
COMMENT ON COLUMN webhooks.active IS 'number: whether anything is sent';
COMMENT ON COLUMN webhooks.description IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN webhooks.cursor IS 'number: sequence of the last event that was looked at';
COMMENT ON COLUMN webhooks.created_at IS 'time';

CREATE TABLE webhook_deliveries (
    tenant_id        uuid        NOT NULL,
    delivery_id      uuid        NOT NULL,
    webhook_id       uuid        NOT NULL,
    event_id         uuid        NOT NULL,
    event_sequence   bigint      NOT NULL,
    state            text        NOT NULL CHECK (state IN ('pending', 'delivered', 'dead')),
    attempts         integer     NOT NULL,
    created_at       timestamptz NOT NULL,
    next_at          timestamptz NOT NULL,
    first_attempt_at timestamptz,
    status           integer,
    error            text        NOT NULL,
    finished_at      timestamptz,
    CONSTRAINT webhook_deliveries_identifier PRIMARY KEY (tenant_id, delivery_id),
    CONSTRAINT webhook_deliveries_once UNIQUE (tenant_id, webhook_id, event_sequence),
    FOREIGN KEY (tenant_id, webhook_id) REFERENCES webhooks ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (tenant_id, webhook_id, event_sequence)
    WHERE state = 'pending';
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (tenant_id, finished_at) WHERE finished_at IS NOT NULL;
COMMENT ON TABLE webhook_deliveries IS 'Events on their way to webhooks. What is sent is read from the detection log.';
COMMENT ON COLUMN webhook_deliveries.tenant_id IS 'identifier';
COMMENT ON COLUMN webhook_deliveries.delivery_id IS 'identifier';
COMMENT ON COLUMN webhook_deliveries.webhook_id IS 'identifier';
COMMENT ON COLUMN webhook_deliveries.event_id IS 'identifier: may belong to an event that is gone';
COMMENT ON COLUMN webhook_deliveries.event_sequence IS 'number';
COMMENT ON COLUMN webhook_deliveries.state IS 'clear text, technical: pending, delivered or dead';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'number';
COMMENT ON COLUMN webhook_deliveries.created_at IS 'time';
COMMENT ON COLUMN webhook_deliveries.next_at IS 'time: before which it is not tried again';
COMMENT ON COLUMN webhook_deliveries.first_attempt_at IS 'time';
COMMENT ON COLUMN webhook_deliveries.status IS 'number: HTTP status of the last answer';
COMMENT ON COLUMN webhook_deliveries.error IS 'clear text, technical: why there was no answer';
COMMENT ON COLUMN webhook_deliveries.finished_at IS 'time';

SELECT build_tenant_wall('jobs', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
SELECT build_tenant_wall('job_items', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('staged_templates', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('webhooks', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
SELECT build_tenant_wall('webhook_deliveries', 'SELECT, INSERT, UPDATE, DELETE');
