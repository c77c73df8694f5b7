-- Reports of evaluations and of audits of bias, as they came.

CREATE TABLE kept_reports (
    tenant_id uuid        NOT NULL,
    report_id uuid        NOT NULL,
    kind      text        NOT NULL
        CHECK (kind IN ('bias', 'evaluation', 'scores', 'masks', 'liveness', 'comparison')),
    title     text        COLLATE "C" NOT NULL,
    pack      text        COLLATE "C" NOT NULL,
    rival     text        COLLATE "C" NOT NULL,
    gallery   text        COLLATE "C" NOT NULL,
    sha256    text        NOT NULL,
    size      integer     NOT NULL CHECK (size BETWEEN 1 AND 2000000),
    signed_by text        NOT NULL,
    own       boolean     NOT NULL,
    figures   jsonb       NOT NULL,
    added_at  timestamptz NOT NULL,
    added_by  text        NOT NULL,
    content   bytea       NOT NULL,
    CONSTRAINT kept_reports_identifier PRIMARY KEY (tenant_id, report_id),
    CONSTRAINT kept_reports_once UNIQUE (tenant_id, sha256)
);
CREATE INDEX kept_reports_in_time ON kept_reports (tenant_id, added_at DESC, report_id DESC);
COMMENT ON TABLE kept_reports IS 'Reports of evaluations and of audits of bias: figures, no subjects and no pictures.';
COMMENT ON COLUMN kept_reports.tenant_id IS 'identifier';
COMMENT ON COLUMN kept_reports.report_id IS 'identifier';
COMMENT ON COLUMN kept_reports.kind IS 'clear text, technical: what was looked at';
COMMENT ON COLUMN kept_reports.title IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN kept_reports.pack IS 'clear text, technical: the model pack; of a comparison, the candidate';
COMMENT ON COLUMN kept_reports.rival IS 'clear text, technical: the model pack that it was compared with';
COMMENT ON COLUMN kept_reports.gallery IS 'clear text, name: of the gallery, chosen by the operator';
COMMENT ON COLUMN kept_reports.sha256 IS 'digest: of the content; the audit log names it';
COMMENT ON COLUMN kept_reports.size IS 'number: bytes of the content';
COMMENT ON COLUMN kept_reports.signed_by IS 'digest: of the public key whose signature was verified; empty: not signed';
COMMENT ON COLUMN kept_reports.own IS 'number: whether it was the key of this installation';
COMMENT ON COLUMN kept_reports.figures IS 'number: the key figures, with their names';
COMMENT ON COLUMN kept_reports.added_at IS 'time';
COMMENT ON COLUMN kept_reports.added_by IS 'clear text, technical: kind and identifier of the actor';
COMMENT ON COLUMN kept_reports.content IS 'clear text, name: the report as it came, with names of cohorts chosen by the operator';

SELECT build_tenant_wall('kept_reports', 'SELECT, INSERT, DELETE');
