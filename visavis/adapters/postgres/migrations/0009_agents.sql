-- Agents that are managed from here, and whether devices may hold copies of a gallery.

ALTER TABLE galleries NO FORCE ROW LEVEL SECURITY;
UPDATE galleries SET policy = policy || '{"copies": false}';
ALTER TABLE galleries FORCE ROW LEVEL SECURITY;

CREATE TABLE agent_invitations (
    tenant_id     uuid        NOT NULL,
    invitation_id uuid        NOT NULL,
    digest        bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    name          text        COLLATE "C" NOT NULL,
    galleries     text[],
    invited_by    text        NOT NULL,
    created_at    timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    used_at       timestamptz,
    CONSTRAINT agent_invitations_identifier PRIMARY KEY (tenant_id, invitation_id)
);
CREATE INDEX agent_invitations_to_forget ON agent_invitations (tenant_id, expires_at);
COMMENT ON TABLE agent_invitations IS 'One-time tokens with which agents enrol.';
COMMENT ON COLUMN agent_invitations.tenant_id IS 'identifier';
COMMENT ON COLUMN agent_invitations.invitation_id IS 'identifier';
COMMENT ON COLUMN agent_invitations.digest IS 'digest: of the token, not keyed';
COMMENT ON COLUMN agent_invitations.name IS 'clear text, name: of the agent, chosen by the operator';
COMMENT ON COLUMN agent_invitations.galleries IS 'clear text, name: of the galleries the agent may use';
COMMENT ON COLUMN agent_invitations.invited_by IS 'clear text, technical: kind and identifier of the actor';
COMMENT ON COLUMN agent_invitations.created_at IS 'time';
COMMENT ON COLUMN agent_invitations.expires_at IS 'time';
COMMENT ON COLUMN agent_invitations.used_at IS 'time';

CREATE TABLE agents (
    tenant_id   uuid        NOT NULL,
    agent_id    uuid        NOT NULL,
    name        text        COLLATE "C" NOT NULL,
    api_key_id  uuid        NOT NULL,
    galleries   text[],
    invited_by  text        NOT NULL,
    enrolled_at timestamptz NOT NULL,
    sealing_key bytea       NOT NULL CHECK (octet_length(sealing_key) = 32),
    desired     integer     NOT NULL,
    applied     integer     NOT NULL,
    failed      integer     NOT NULL,
    failure     text        NOT NULL,
    health      text        NOT NULL,
    reported_at timestamptz,
    CONSTRAINT agents_identifier PRIMARY KEY (tenant_id, agent_id),
    CONSTRAINT agents_name_unique UNIQUE (tenant_id, name),
    CONSTRAINT agents_key_unique UNIQUE (tenant_id, api_key_id)
);
COMMENT ON TABLE agents IS 'Devices that report what their cameras see.';
COMMENT ON COLUMN agents.tenant_id IS 'identifier';
COMMENT ON COLUMN agents.agent_id IS 'identifier';
COMMENT ON COLUMN agents.name IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN agents.api_key_id IS 'identifier';
COMMENT ON COLUMN agents.galleries IS 'clear text, name: of the galleries the agent may use';
COMMENT ON COLUMN agents.invited_by IS 'clear text, technical: kind and identifier of the actor';
COMMENT ON COLUMN agents.enrolled_at IS 'time';
COMMENT ON COLUMN agents.sealing_key IS 'clear text, technical: public key, for which copies of galleries are encrypted';
COMMENT ON COLUMN agents.desired IS 'number: version of the configuration that it ought to have';
COMMENT ON COLUMN agents.applied IS 'number: version that it says it has';
COMMENT ON COLUMN agents.failed IS 'number: version that it could not apply';
COMMENT ON COLUMN agents.failure IS 'clear text, technical: why it could not';
COMMENT ON COLUMN agents.health IS 'clear text, technical: what it said of itself, with names of cameras';
COMMENT ON COLUMN agents.reported_at IS 'time: when it said so';

CREATE TABLE agent_configurations (
    tenant_id   uuid        NOT NULL,
    agent_id    uuid        NOT NULL,
    version     integer     NOT NULL,
    created_at  timestamptz NOT NULL,
    created_by  text        NOT NULL,
    copy_of     integer     NOT NULL,
    data_key_id uuid        NOT NULL,
    nonce       bytea       NOT NULL,
    ciphertext  bytea       NOT NULL,
    CONSTRAINT agent_configurations_identifier PRIMARY KEY (tenant_id, agent_id, version),
    FOREIGN KEY (tenant_id, agent_id) REFERENCES agents ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys
);
CREATE INDEX agent_configurations_under_key ON agent_configurations (tenant_id, data_key_id);
COMMENT ON TABLE agent_configurations IS 'What agents are to do; a version is never changed.';
COMMENT ON COLUMN agent_configurations.tenant_id IS 'identifier';
COMMENT ON COLUMN agent_configurations.agent_id IS 'identifier';
COMMENT ON COLUMN agent_configurations.version IS 'number';
COMMENT ON COLUMN agent_configurations.created_at IS 'time';
COMMENT ON COLUMN agent_configurations.created_by IS 'clear text, technical: kind and identifier of the actor';
COMMENT ON COLUMN agent_configurations.copy_of IS 'number: version whose content it brings back; 0: none';
COMMENT ON COLUMN agent_configurations.data_key_id IS 'identifier: of the key that it is encrypted with';
COMMENT ON COLUMN agent_configurations.nonce IS 'number: random, used once';
COMMENT ON COLUMN agent_configurations.ciphertext IS
    'encrypted: cameras with their addresses and passwords, AES-256-GCM, bound to its row';

SELECT build_tenant_wall('agent_invitations', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
SELECT build_tenant_wall('agents', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('agent_configurations', 'SELECT, INSERT, UPDATE, DELETE');
