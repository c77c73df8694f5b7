-- Rules that raise alerts, the alerts, the channels that tell of them, and what became of each message.
-- `alert_rules` and `alert_channels` are not forced: workers ask across tenants where something is to be done.

CREATE TABLE alert_positions (
    tenant_id      uuid   PRIMARY KEY,
    sequence       bigint NOT NULL,
    alert_sequence bigint NOT NULL
);
COMMENT ON TABLE alert_positions IS 'How far rules looked at the detection log, and the order of changes of alerts.';
COMMENT ON COLUMN alert_positions.tenant_id IS 'identifier';
COMMENT ON COLUMN alert_positions.sequence IS 'number: of the last event that was looked at';
COMMENT ON COLUMN alert_positions.alert_sequence IS 'number: of the last change of an alert';

CREATE TABLE alert_rules (
    tenant_id   uuid        NOT NULL,
    rule_id     uuid        NOT NULL,
    name        text        COLLATE "C" NOT NULL,
    enabled     boolean     NOT NULL,
    severity    text        NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    condition   jsonb       NOT NULL,
    effects     jsonb       NOT NULL,
    particular  boolean     NOT NULL,
    since       bigint      NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT alert_rules_identifier PRIMARY KEY (tenant_id, rule_id),
    CONSTRAINT alert_rules_name UNIQUE (tenant_id, name)
);
COMMENT ON TABLE alert_rules IS 'What raises an alert, and whom it tells.';
COMMENT ON COLUMN alert_rules.tenant_id IS 'identifier';
COMMENT ON COLUMN alert_rules.rule_id IS 'identifier';
COMMENT ON COLUMN alert_rules.name IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN alert_rules.enabled IS 'number: whether it raises alerts';
COMMENT ON COLUMN alert_rules.severity IS 'clear text, technical: info, warning or critical';
COMMENT ON COLUMN alert_rules.condition IS 'clear text, name: galleries, cameras and places, chosen by the operator; times';
COMMENT ON COLUMN alert_rules.effects IS 'clear text, technical: channels, limits, quiet hours';
COMMENT ON COLUMN alert_rules.particular IS 'number: whether it waits for the subjects of alert_rule_subjects only';
COMMENT ON COLUMN alert_rules.since IS 'number: sequence of the last event before it held';
COMMENT ON COLUMN alert_rules.created_at IS 'time';

CREATE TABLE alert_rule_subjects (
    tenant_id  uuid NOT NULL,
    rule_id    uuid NOT NULL,
    subject_id uuid NOT NULL,
    PRIMARY KEY (tenant_id, rule_id, subject_id),
    FOREIGN KEY (tenant_id, rule_id) REFERENCES alert_rules ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE CASCADE
);
CREATE INDEX alert_rule_subjects_of_subject ON alert_rule_subjects (tenant_id, subject_id);
COMMENT ON TABLE alert_rule_subjects IS 'Whom a rule waits for.';
COMMENT ON COLUMN alert_rule_subjects.tenant_id IS 'identifier';
COMMENT ON COLUMN alert_rule_subjects.rule_id IS 'identifier';
COMMENT ON COLUMN alert_rule_subjects.subject_id IS 'identifier';

CREATE TABLE alert_notices (
    tenant_id  uuid        NOT NULL,
    notice_id  uuid        NOT NULL,
    at         timestamptz NOT NULL,
    kind       text        NOT NULL,
    key        text        NOT NULL,
    text       text        NOT NULL,
    over       boolean     NOT NULL,
    gallery    text        COLLATE "C" NOT NULL,
    source     text        COLLATE "C" NOT NULL,
    site       text        NOT NULL,
    zone       text        NOT NULL,
    subject_id uuid,
    event_id   uuid,
    CONSTRAINT alert_notices_identifier PRIMARY KEY (tenant_id, notice_id),
    CONSTRAINT alert_notices_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects
        ON DELETE SET NULL (subject_id)
);
CREATE INDEX alert_notices_in_order ON alert_notices (tenant_id, at, notice_id);
CREATE INDEX alert_notices_of_subject ON alert_notices (tenant_id, subject_id) WHERE subject_id IS NOT NULL;
COMMENT ON TABLE alert_notices IS 'What the rest of the server has to say to rules; gone when they were asked.';
COMMENT ON COLUMN alert_notices.tenant_id IS 'identifier';
COMMENT ON COLUMN alert_notices.notice_id IS 'identifier';
COMMENT ON COLUMN alert_notices.at IS 'time';
COMMENT ON COLUMN alert_notices.kind IS 'clear text, technical: what it is about';
COMMENT ON COLUMN alert_notices.key IS 'clear text, technical: the agent, camera or door';
COMMENT ON COLUMN alert_notices.text IS 'clear text, technical';
COMMENT ON COLUMN alert_notices.over IS 'number: whether it has ended';
COMMENT ON COLUMN alert_notices.gallery IS 'clear text, name: of the gallery, chosen by the operator';
COMMENT ON COLUMN alert_notices.source IS 'clear text, technical: the camera, gate or application';
COMMENT ON COLUMN alert_notices.site IS 'clear text, technical: where the camera hangs';
COMMENT ON COLUMN alert_notices.zone IS 'clear text, technical: where the camera hangs';
COMMENT ON COLUMN alert_notices.subject_id IS 'identifier';
COMMENT ON COLUMN alert_notices.event_id IS 'identifier';

CREATE TABLE alerts (
    tenant_id  uuid        NOT NULL,
    alert_id   uuid        NOT NULL,
    sequence   bigint      NOT NULL,
    rule_id    uuid        NOT NULL,
    rule       text        COLLATE "C" NOT NULL,
    severity   text        NOT NULL,
    kind       text        NOT NULL,
    gallery_id uuid,
    gallery    text        COLLATE "C" NOT NULL,
    source     text        COLLATE "C" NOT NULL,
    site       text        NOT NULL,
    zone       text        NOT NULL,
    outcome    text,
    subject_id uuid,
    key        text        NOT NULL,
    text       text        NOT NULL,
    opened_at  timestamptz NOT NULL,
    last_at    timestamptz NOT NULL,
    raised_at  timestamptz NOT NULL,
    count      bigint      NOT NULL,
    state      text        NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved')),
    actor      text        NOT NULL,
    note       text        NOT NULL,
    changed_at timestamptz,
    CONSTRAINT alerts_identifier PRIMARY KEY (tenant_id, alert_id),
    CONSTRAINT alerts_in_order UNIQUE (tenant_id, sequence),
    CONSTRAINT alerts_subject FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE SET NULL (subject_id)
);
CREATE INDEX alerts_of_rule ON alerts (tenant_id, rule_id, sequence);
CREATE INDEX alerts_of_subject ON alerts (tenant_id, subject_id) WHERE subject_id IS NOT NULL;
CREATE INDEX alerts_by_age ON alerts (tenant_id, raised_at);
CREATE INDEX alerts_open ON alerts (tenant_id) WHERE state = 'open';
COMMENT ON TABLE alerts IS 'What rules waited for, and what people did about it.';
COMMENT ON COLUMN alerts.tenant_id IS 'identifier';
COMMENT ON COLUMN alerts.alert_id IS 'identifier';
COMMENT ON COLUMN alerts.sequence IS 'number: of its last change, in the order of commits';
COMMENT ON COLUMN alerts.rule_id IS 'identifier: may belong to a rule that is gone';
COMMENT ON COLUMN alerts.rule IS 'clear text, name: of the rule, chosen by the operator';
COMMENT ON COLUMN alerts.severity IS 'clear text, technical: info, warning or critical';
COMMENT ON COLUMN alerts.kind IS 'clear text, technical: what it is about';
COMMENT ON COLUMN alerts.gallery_id IS 'identifier: may belong to a gallery that is gone';
COMMENT ON COLUMN alerts.gallery IS 'clear text, name: of the gallery, chosen by the operator';
COMMENT ON COLUMN alerts.source IS 'clear text, technical: the camera, gate or application';
COMMENT ON COLUMN alerts.site IS 'clear text, technical: where the camera hangs';
COMMENT ON COLUMN alerts.zone IS 'clear text, technical: where the camera hangs';
COMMENT ON COLUMN alerts.outcome IS 'clear text, technical: match, inconclusive or non_match';
COMMENT ON COLUMN alerts.subject_id IS 'identifier';
COMMENT ON COLUMN alerts.key IS 'clear text, technical: track, camera or door that is told apart by it';
COMMENT ON COLUMN alerts.text IS 'clear text, technical';
COMMENT ON COLUMN alerts.opened_at IS 'time: when it began';
COMMENT ON COLUMN alerts.last_at IS 'time: when it was last seen';
COMMENT ON COLUMN alerts.raised_at IS 'time: when the rule was asked';
COMMENT ON COLUMN alerts.count IS 'number: how often it happened';
COMMENT ON COLUMN alerts.state IS 'clear text, technical: open, acknowledged or resolved';
COMMENT ON COLUMN alerts.actor IS 'identifier: who changed the state, kind and identifier';
COMMENT ON COLUMN alerts.note IS 'clear text, name: what the operator wrote about it';
COMMENT ON COLUMN alerts.changed_at IS 'time: of the last change of the state';

CREATE TABLE alert_events (
    tenant_id uuid   NOT NULL,
    rule_id   uuid   NOT NULL,
    event_id  uuid   NOT NULL,
    alert_id  uuid   NOT NULL,
    position  bigint NOT NULL,
    CONSTRAINT alert_events_once PRIMARY KEY (tenant_id, rule_id, event_id),
    FOREIGN KEY (tenant_id, alert_id) REFERENCES alerts ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, event_id) REFERENCES events ON DELETE CASCADE
);
CREATE INDEX alert_events_of_alert ON alert_events (tenant_id, alert_id, position);
CREATE INDEX alert_events_of_event ON alert_events (tenant_id, event_id);
COMMENT ON TABLE alert_events IS 'Which events raised an alert or were counted into it: each once for a rule.';
COMMENT ON COLUMN alert_events.tenant_id IS 'identifier';
COMMENT ON COLUMN alert_events.rule_id IS 'identifier';
COMMENT ON COLUMN alert_events.event_id IS 'identifier';
COMMENT ON COLUMN alert_events.alert_id IS 'identifier';
COMMENT ON COLUMN alert_events.position IS 'number: in the order in which they were counted';

CREATE TABLE alert_channels (
    tenant_id   uuid        NOT NULL,
    channel_id  uuid        NOT NULL,
    name        text        COLLATE "C" NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('apprise', 'webhook', 'mqtt')),
    data_key_id uuid        NOT NULL,
    nonce       bytea       NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext  bytea       NOT NULL,
    enabled     boolean     NOT NULL,
    names       boolean     NOT NULL,
    pictures    boolean     NOT NULL,
    publishes   boolean     NOT NULL,
    cursor      bigint      NOT NULL,
    holder      uuid,
    held_until  timestamptz,
    created_at  timestamptz NOT NULL,
    CONSTRAINT alert_channels_identifier PRIMARY KEY (tenant_id, channel_id),
    CONSTRAINT alert_channels_name UNIQUE (tenant_id, name),
    CONSTRAINT alert_channels_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
);
COMMENT ON TABLE alert_channels IS 'How alerts reach people and machines.';
COMMENT ON COLUMN alert_channels.tenant_id IS 'identifier';
COMMENT ON COLUMN alert_channels.channel_id IS 'identifier';
COMMENT ON COLUMN alert_channels.name IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN alert_channels.kind IS 'clear text, technical: apprise, webhook or mqtt';
COMMENT ON COLUMN alert_channels.data_key_id IS 'identifier: the key of the ciphertext';
COMMENT ON COLUMN alert_channels.nonce IS 'number: random, used once';
COMMENT ON COLUMN alert_channels.ciphertext IS
    'encrypted: where it leads, with its passwords and keys, AES-256-GCM, bound to its row';
COMMENT ON COLUMN alert_channels.enabled IS 'number: whether anything is sent';
COMMENT ON COLUMN alert_channels.names IS 'number: whether messages carry names of subjects';
COMMENT ON COLUMN alert_channels.pictures IS 'number: whether messages may carry a picture';
COMMENT ON COLUMN alert_channels.publishes IS 'number: whether the detection log is published there';
COMMENT ON COLUMN alert_channels.cursor IS 'number: sequence of the last event that was published';
COMMENT ON COLUMN alert_channels.holder IS 'identifier: of the process that speaks to the broker';
COMMENT ON COLUMN alert_channels.held_until IS 'time: until when it does';
COMMENT ON COLUMN alert_channels.created_at IS 'time';

CREATE TABLE alert_dispatches (
    tenant_id   uuid        NOT NULL,
    dispatch_id uuid        NOT NULL,
    channel_id  uuid        NOT NULL,
    rule_id     uuid        NOT NULL,
    alert_id    uuid,
    state       text        NOT NULL
        CHECK (state IN ('pending', 'held', 'summarised', 'dropped', 'delivered', 'dead')),
    attempts    integer     NOT NULL,
    created_at  timestamptz NOT NULL,
    next_at     timestamptz NOT NULL,
    status      integer,
    error       text        NOT NULL,
    finished_at timestamptz,
    summary_id  uuid,
    CONSTRAINT alert_dispatches_identifier PRIMARY KEY (tenant_id, dispatch_id),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, alert_id) REFERENCES alerts ON DELETE CASCADE
);
CREATE INDEX alert_dispatches_due ON alert_dispatches (tenant_id, channel_id, next_at)
    WHERE state IN ('pending', 'held');
CREATE INDEX alert_dispatches_of_alert ON alert_dispatches (tenant_id, alert_id);
CREATE INDEX alert_dispatches_of_rule ON alert_dispatches (tenant_id, rule_id, created_at);
CREATE INDEX alert_dispatches_of_summary ON alert_dispatches (tenant_id, summary_id) WHERE summary_id IS NOT NULL;
CREATE INDEX alert_dispatches_by_age ON alert_dispatches (tenant_id, finished_at) WHERE finished_at IS NOT NULL;
COMMENT ON TABLE alert_dispatches IS 'Messages about alerts on their way through channels. What is sent is read anew.';
COMMENT ON COLUMN alert_dispatches.tenant_id IS 'identifier';
COMMENT ON COLUMN alert_dispatches.dispatch_id IS 'identifier';
COMMENT ON COLUMN alert_dispatches.channel_id IS 'identifier';
COMMENT ON COLUMN alert_dispatches.rule_id IS 'identifier: may belong to a rule that is gone';
COMMENT ON COLUMN alert_dispatches.alert_id IS 'identifier: none for a summary';
COMMENT ON COLUMN alert_dispatches.state IS
    'clear text, technical: pending, held, summarised, dropped, delivered or dead';
COMMENT ON COLUMN alert_dispatches.attempts IS 'number';
COMMENT ON COLUMN alert_dispatches.created_at IS 'time';
COMMENT ON COLUMN alert_dispatches.next_at IS 'time: before which it is not tried again';
COMMENT ON COLUMN alert_dispatches.status IS 'number: HTTP status of the last answer';
COMMENT ON COLUMN alert_dispatches.error IS 'clear text, technical: what went wrong, without secrets';
COMMENT ON COLUMN alert_dispatches.finished_at IS 'time';
COMMENT ON COLUMN alert_dispatches.summary_id IS 'identifier: of the message that told of it';

CREATE TABLE alert_channel_cameras (
    tenant_id  uuid   NOT NULL,
    channel_id uuid   NOT NULL,
    site       text   COLLATE "C" NOT NULL,
    source     text   COLLATE "C" NOT NULL,
    topics     text[] NOT NULL,
    faces      bigint NOT NULL,
    PRIMARY KEY (tenant_id, channel_id, site, source),
    FOREIGN KEY (tenant_id, channel_id) REFERENCES alert_channels ON DELETE CASCADE
);
COMMENT ON TABLE alert_channel_cameras IS 'What a broker was told about cameras, so that it can be taken back.';
COMMENT ON COLUMN alert_channel_cameras.tenant_id IS 'identifier';
COMMENT ON COLUMN alert_channel_cameras.channel_id IS 'identifier';
COMMENT ON COLUMN alert_channel_cameras.site IS 'clear text, technical: where the camera hangs';
COMMENT ON COLUMN alert_channel_cameras.source IS 'clear text, technical: the camera, gate or application';
COMMENT ON COLUMN alert_channel_cameras.topics IS 'clear text, technical: that keep what was last sent';
COMMENT ON COLUMN alert_channel_cameras.faces IS 'number: of faces that were counted';

SELECT build_tenant_wall('alert_positions', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('alert_rules', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
SELECT build_tenant_wall('alert_rule_subjects', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('alert_notices', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('alerts', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('alert_events', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('alert_channels', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
SELECT build_tenant_wall('alert_dispatches', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('alert_channel_cameras', 'SELECT, INSERT, UPDATE, DELETE');
