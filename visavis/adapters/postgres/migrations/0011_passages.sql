-- Who may pass which door when, what was decided there, and attendance.

CREATE TABLE schedules (
    tenant_id   uuid  NOT NULL,
    schedule_id uuid  NOT NULL,
    name        text  COLLATE "C" NOT NULL,
    zone        text  NOT NULL,
    spans       jsonb NOT NULL,
    CONSTRAINT schedules_identifier PRIMARY KEY (tenant_id, schedule_id),
    CONSTRAINT schedules_name_unique UNIQUE (tenant_id, name)
);
COMMENT ON TABLE schedules IS 'When something is open: spans of each weekday, and days that differ.';
COMMENT ON COLUMN schedules.tenant_id IS 'identifier';
COMMENT ON COLUMN schedules.schedule_id IS 'identifier';
COMMENT ON COLUMN schedules.name IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN schedules.zone IS 'clear text, technical: time zone of the IANA data base';
COMMENT ON COLUMN schedules.spans IS 'time: of the week and of special days, with notes of the operator';

CREATE TABLE doors (
    tenant_id     uuid    NOT NULL,
    door_id       uuid    NOT NULL,
    name          text    COLLATE "C" NOT NULL,
    gallery_id    uuid    NOT NULL,
    gallery       text    COLLATE "C" NOT NULL,
    area          text    COLLATE "C" NOT NULL,
    cameras       text[]  COLLATE "C" NOT NULL,
    schedules     uuid[]  NOT NULL,
    rules         jsonb   NOT NULL,
    settings      jsonb   NOT NULL,
    created_at    timestamptz NOT NULL,
    contact_open  boolean,
    contact_since timestamptz,
    contact_told  boolean NOT NULL DEFAULT false,
    hold_open     interval NOT NULL,
    CONSTRAINT doors_identifier PRIMARY KEY (tenant_id, door_id),
    CONSTRAINT doors_name_unique UNIQUE (tenant_id, name),
    FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE
);
CREATE INDEX doors_of_gallery ON doors (tenant_id, gallery_id);
COMMENT ON TABLE doors IS 'Doors, gates and turnstiles: where faces are looked at, and who may pass.';
COMMENT ON COLUMN doors.tenant_id IS 'identifier';
COMMENT ON COLUMN doors.door_id IS 'identifier';
COMMENT ON COLUMN doors.name IS 'clear text, technical: of the door, chosen by the operator';
COMMENT ON COLUMN doors.gallery_id IS 'identifier: whose members may pass';
COMMENT ON COLUMN doors.gallery IS 'clear text, name: of the gallery, chosen by the operator';
COMMENT ON COLUMN doors.area IS 'clear text, name: what it leads into, chosen by the operator';
COMMENT ON COLUMN doors.cameras IS 'clear text, technical: names of cameras';
COMMENT ON COLUMN doors.schedules IS 'identifier: of schedules that its rules use';
COMMENT ON COLUMN doors.rules IS 'clear text, name: names of rules, schedules and times; subjects are in door_subjects';
COMMENT ON COLUMN doors.settings IS 'number: times and modes';
COMMENT ON COLUMN doors.created_at IS 'time';
COMMENT ON COLUMN doors.contact_open IS 'number: whether it stands open, as its contact said last';
COMMENT ON COLUMN doors.contact_since IS 'time: since when';
COMMENT ON COLUMN doors.contact_told IS 'number: whether it was told that it stands open for too long';
COMMENT ON COLUMN doors.hold_open IS 'time: how long it may stand open';

CREATE TABLE door_subjects (
    tenant_id  uuid    NOT NULL,
    door_id    uuid    NOT NULL,
    rule       integer NOT NULL,
    subject_id uuid    NOT NULL,
    CONSTRAINT door_subjects_identifier PRIMARY KEY (tenant_id, door_id, rule, subject_id),
    FOREIGN KEY (tenant_id, door_id) REFERENCES doors ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE CASCADE
);
CREATE INDEX door_subjects_of_subject ON door_subjects (tenant_id, subject_id);
COMMENT ON TABLE door_subjects IS 'Subjects that rules of doors name.';
COMMENT ON COLUMN door_subjects.tenant_id IS 'identifier';
COMMENT ON COLUMN door_subjects.door_id IS 'identifier';
COMMENT ON COLUMN door_subjects.rule IS 'number: place of the rule in the door';
COMMENT ON COLUMN door_subjects.subject_id IS 'identifier';

CREATE TABLE access_positions (
    tenant_id uuid   PRIMARY KEY,
    sequence  bigint NOT NULL,
    decided   bigint NOT NULL
);
COMMENT ON TABLE access_positions IS 'How far the detection log was looked at for doors, and how many decisions there were.';
COMMENT ON COLUMN access_positions.tenant_id IS 'identifier';
COMMENT ON COLUMN access_positions.sequence IS 'number: of the last event that was looked at';
COMMENT ON COLUMN access_positions.decided IS 'number: sequence of the last decision';

CREATE TABLE access_decisions (
    tenant_id        uuid        NOT NULL,
    access_id        uuid        NOT NULL,
    sequence         bigint      NOT NULL,
    door_id          uuid        NOT NULL,
    door             text        COLLATE "C" NOT NULL,
    gallery_id       uuid        NOT NULL,
    gallery          text        COLLATE "C" NOT NULL,
    area             text        COLLATE "C" NOT NULL,
    outcome          text        NOT NULL,
    reasons          text[]      NOT NULL,
    at               timestamptz NOT NULL,
    decided_at       timestamptz NOT NULL,
    source           text        COLLATE "C" NOT NULL,
    direction        text        NOT NULL,
    event_id         uuid,
    event_revision   integer     NOT NULL,
    track            uuid,
    subject_id       uuid,
    rule             text        NOT NULL,
    schedule         text        NOT NULL,
    turns_at         timestamptz,
    attack_score     double precision,
    attack_detector  text        NOT NULL,
    attack_instrument text,
    attack_threshold double precision,
    revision         integer     NOT NULL,
    CONSTRAINT access_decisions_identifier PRIMARY KEY (tenant_id, access_id),
    CONSTRAINT access_decisions_in_order UNIQUE (tenant_id, sequence),
    -- Whatever is reported of an event again, it opens a door once.
    CONSTRAINT access_decisions_event UNIQUE (tenant_id, door_id, event_id),
    FOREIGN KEY (tenant_id, door_id) REFERENCES doors ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE SET NULL (subject_id)
);
CREATE INDEX access_decisions_of_subject ON access_decisions (tenant_id, subject_id, area, at)
    WHERE subject_id IS NOT NULL;
CREATE INDEX access_decisions_of_door ON access_decisions (tenant_id, door_id, sequence);
CREATE INDEX access_decisions_of_event ON access_decisions (tenant_id, event_id);
CREATE INDEX access_decisions_by_age ON access_decisions (tenant_id, gallery_id, decided_at);
COMMENT ON TABLE access_decisions IS 'What was decided at doors, and on what grounds.';
COMMENT ON COLUMN access_decisions.tenant_id IS 'identifier';
COMMENT ON COLUMN access_decisions.access_id IS 'identifier';
COMMENT ON COLUMN access_decisions.sequence IS 'number: in the order of commits; one that changed takes the next';
COMMENT ON COLUMN access_decisions.door_id IS 'identifier';
COMMENT ON COLUMN access_decisions.door IS 'clear text, technical: name of the door';
COMMENT ON COLUMN access_decisions.gallery_id IS 'identifier';
COMMENT ON COLUMN access_decisions.gallery IS 'clear text, name: of the gallery, chosen by the operator';
COMMENT ON COLUMN access_decisions.area IS 'clear text, name: what the door leads into, chosen by the operator';
COMMENT ON COLUMN access_decisions.outcome IS 'clear text, technical: granted, denied, held_open or forced';
COMMENT ON COLUMN access_decisions.reasons IS 'clear text, technical: codes';
COMMENT ON COLUMN access_decisions.at IS 'time: when it happened';
COMMENT ON COLUMN access_decisions.decided_at IS 'time';
COMMENT ON COLUMN access_decisions.source IS 'clear text, technical: the camera';
COMMENT ON COLUMN access_decisions.direction IS 'clear text, technical: passing, entry or exit';
COMMENT ON COLUMN access_decisions.event_id IS 'identifier: of the event it follows from';
COMMENT ON COLUMN access_decisions.event_revision IS 'number: of that event, when it was decided';
COMMENT ON COLUMN access_decisions.track IS 'identifier';
COMMENT ON COLUMN access_decisions.subject_id IS 'identifier';
COMMENT ON COLUMN access_decisions.rule IS 'clear text, name: of the rule that counted, chosen by the operator';
COMMENT ON COLUMN access_decisions.schedule IS 'clear text, name: of the schedule that counted, chosen by the operator';
COMMENT ON COLUMN access_decisions.turns_at IS 'time: when the reason begins or ends';
COMMENT ON COLUMN access_decisions.attack_score IS 'number: 0 for bona fide to 1 for an attack';
COMMENT ON COLUMN access_decisions.attack_detector IS 'clear text, technical: model';
COMMENT ON COLUMN access_decisions.attack_instrument IS 'clear text, technical: what it was taken for';
COMMENT ON COLUMN access_decisions.attack_threshold IS 'number';
COMMENT ON COLUMN access_decisions.revision IS 'number: how often it was decided anew';

CREATE TABLE attendance_plans (
    tenant_id   uuid  NOT NULL,
    gallery_id  uuid  NOT NULL,
    zone        text  NOT NULL,
    schedule_id uuid,
    settings    jsonb NOT NULL,
    CONSTRAINT attendance_plans_identifier PRIMARY KEY (tenant_id, gallery_id),
    FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE
);
COMMENT ON TABLE attendance_plans IS 'How attendance in a gallery is counted.';
COMMENT ON COLUMN attendance_plans.tenant_id IS 'identifier';
COMMENT ON COLUMN attendance_plans.gallery_id IS 'identifier';
COMMENT ON COLUMN attendance_plans.zone IS 'clear text, technical: time zone of the IANA data base';
COMMENT ON COLUMN attendance_plans.schedule_id IS 'identifier: of the schedule, if there is one';
COMMENT ON COLUMN attendance_plans.settings IS 'number: tolerances, cameras, thresholds';

CREATE TABLE attendance_corrections (
    tenant_id     uuid        NOT NULL,
    correction_id uuid        NOT NULL,
    gallery_id    uuid        NOT NULL,
    subject_id    uuid        NOT NULL,
    kind          text        NOT NULL,
    at            timestamptz NOT NULL,
    reason        text        NOT NULL,
    event_id      uuid,
    made_by       text        NOT NULL,
    made_at       timestamptz NOT NULL,
    undone_by     text,
    undone_at     timestamptz,
    CONSTRAINT attendance_corrections_identifier PRIMARY KEY (tenant_id, correction_id),
    FOREIGN KEY (tenant_id, gallery_id) REFERENCES galleries ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, subject_id) REFERENCES subjects ON DELETE CASCADE
);
CREATE INDEX attendance_corrections_of_gallery ON attendance_corrections (tenant_id, gallery_id, at);
CREATE INDEX attendance_corrections_of_subject ON attendance_corrections (tenant_id, subject_id);
COMMENT ON TABLE attendance_corrections IS 'What people added to what cameras saw.';
COMMENT ON COLUMN attendance_corrections.tenant_id IS 'identifier';
COMMENT ON COLUMN attendance_corrections.correction_id IS 'identifier';
COMMENT ON COLUMN attendance_corrections.gallery_id IS 'identifier';
COMMENT ON COLUMN attendance_corrections.subject_id IS 'identifier';
COMMENT ON COLUMN attendance_corrections.kind IS 'clear text, technical: in, out, ignore or excuse';
COMMENT ON COLUMN attendance_corrections.at IS 'time';
COMMENT ON COLUMN attendance_corrections.reason IS 'clear text, name: written by the operator';
COMMENT ON COLUMN attendance_corrections.event_id IS 'identifier: of the sighting that does not count';
COMMENT ON COLUMN attendance_corrections.made_by IS 'identifier: of an actor';
COMMENT ON COLUMN attendance_corrections.made_at IS 'time';
COMMENT ON COLUMN attendance_corrections.undone_by IS 'identifier: of an actor';
COMMENT ON COLUMN attendance_corrections.undone_at IS 'time';

SELECT build_tenant_wall('schedules', 'SELECT, INSERT, UPDATE, DELETE');
-- Workers look, across tenants, for doors to decide at.
SELECT build_tenant_wall('doors', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
SELECT build_tenant_wall('door_subjects', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('access_positions', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('access_decisions', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('attendance_plans', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('attendance_corrections', 'SELECT, INSERT, UPDATE, DELETE');
