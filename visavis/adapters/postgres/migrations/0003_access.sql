-- Tenants, users, sessions, API keys, and writes with idempotency keys.
-- Tables that are not forced are looked into before it is known whose data somebody may see: by the digest of a
-- secret, or by a login. The digests here are SHA-256 of random values of at least 122 bits, where nothing else is said.

CREATE TABLE tenants (
    tenant_id       uuid        PRIMARY KEY,
    name            text        COLLATE "C" NOT NULL,
    created_at      timestamptz NOT NULL,
    suspended_at    timestamptz,
    rate_per_minute integer,
    rate_burst      integer,
    CONSTRAINT tenants_name_unique UNIQUE (name)
);
COMMENT ON TABLE tenants IS 'Organisations whose data nobody else sees.';
COMMENT ON COLUMN tenants.tenant_id IS 'identifier';
COMMENT ON COLUMN tenants.name IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN tenants.created_at IS 'time';
COMMENT ON COLUMN tenants.suspended_at IS 'time: since when nobody is let in';
COMMENT ON COLUMN tenants.rate_per_minute IS 'number: requests that are allowed';
COMMENT ON COLUMN tenants.rate_burst IS 'number: requests that are allowed at once';
INSERT INTO tenants (tenant_id, name, created_at) VALUES ('00000000-0000-0000-0000-000000000000', 'default', now());

CREATE TABLE users (
    tenant_id    uuid        NOT NULL REFERENCES tenants ON DELETE CASCADE,
    user_id      uuid        NOT NULL,
    login        text        COLLATE "C" NOT NULL,
    role         text        NOT NULL,
    galleries    text[],
    issuer       text        COLLATE "C",
    subject      text        COLLATE "C",
    password     text,
    created_at   timestamptz NOT NULL,
    disabled_at  timestamptz,
    PRIMARY KEY (tenant_id, user_id),
    CONSTRAINT users_login_unique UNIQUE (login),
    CONSTRAINT users_identity_unique UNIQUE (issuer, subject),
    CONSTRAINT users_identity_whole CHECK ((issuer IS NULL) = (subject IS NULL))
);
CREATE INDEX users_by_login ON users (tenant_id, login);
COMMENT ON TABLE users IS 'Account holders.';
COMMENT ON COLUMN users.tenant_id IS 'identifier';
COMMENT ON COLUMN users.user_id IS 'identifier';
COMMENT ON COLUMN users.login IS 'clear text, name: an e-mail address or a name';
COMMENT ON COLUMN users.role IS 'clear text, technical';
COMMENT ON COLUMN users.galleries IS 'clear text, technical: names of the galleries the user is limited to';
COMMENT ON COLUMN users.issuer IS 'clear text, technical: address of the OpenID provider';
COMMENT ON COLUMN users.subject IS 'identifier: of the user at that provider';
COMMENT ON COLUMN users.password IS 'digest: Argon2id with its salt and parameters';
COMMENT ON COLUMN users.created_at IS 'time';
COMMENT ON COLUMN users.disabled_at IS 'time: since when the user is not let in';

CREATE TABLE sign_in_links (
    tenant_id  uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    digest     bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE
);
COMMENT ON TABLE sign_in_links IS 'One-time links with which users set their password.';
COMMENT ON COLUMN sign_in_links.tenant_id IS 'identifier';
COMMENT ON COLUMN sign_in_links.user_id IS 'identifier';
COMMENT ON COLUMN sign_in_links.digest IS 'digest: of the link''s token, not keyed';
COMMENT ON COLUMN sign_in_links.expires_at IS 'time';

CREATE TABLE sessions (
    tenant_id  uuid        NOT NULL,
    session_id uuid        NOT NULL,
    user_id    uuid        NOT NULL,
    digest     bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    method     text        NOT NULL,
    opened_at  timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    idle_s     integer     NOT NULL,
    agent      text        NOT NULL,
    PRIMARY KEY (tenant_id, session_id),
    CONSTRAINT sessions_user FOREIGN KEY (tenant_id, user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX sessions_of_user ON sessions (tenant_id, user_id);
COMMENT ON TABLE sessions IS 'Who is signed in.';
COMMENT ON COLUMN sessions.tenant_id IS 'identifier';
COMMENT ON COLUMN sessions.session_id IS 'identifier';
COMMENT ON COLUMN sessions.user_id IS 'identifier';
COMMENT ON COLUMN sessions.digest IS 'digest: of the session''s token, not keyed';
COMMENT ON COLUMN sessions.method IS 'clear text, technical: how the user signed in';
COMMENT ON COLUMN sessions.opened_at IS 'time';
COMMENT ON COLUMN sessions.seen_at IS 'time: of the last request, to the minute';
COMMENT ON COLUMN sessions.expires_at IS 'time';
COMMENT ON COLUMN sessions.idle_s IS 'number: seconds without a request after which it ends';
COMMENT ON COLUMN sessions.agent IS 'clear text, technical: what the browser calls itself';

CREATE TABLE api_keys (
    tenant_id       uuid        NOT NULL REFERENCES tenants ON DELETE CASCADE,
    api_key_id      uuid        NOT NULL,
    digest          bytea       NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    name            text        COLLATE "C" NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('native', 'uuid', 'access_key')),
    label           text        NOT NULL,
    permissions     text[]      NOT NULL,
    galleries       text[],
    created_by      text        NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz,
    rate_per_minute integer,
    rate_burst      integer,
    last_used_at    timestamptz,
    revoked_at      timestamptz,
    nonce           bytea       CHECK (octet_length(nonce) = 12),
    ciphertext      bytea,
    PRIMARY KEY (tenant_id, api_key_id),
    CONSTRAINT api_keys_secret_whole CHECK ((nonce IS NULL) = (ciphertext IS NULL))
);
CREATE UNIQUE INDEX api_keys_name_unique ON api_keys (tenant_id, name) WHERE revoked_at IS NULL;
CREATE INDEX api_keys_created_by ON api_keys (tenant_id, created_by) WHERE revoked_at IS NULL;
COMMENT ON TABLE api_keys IS 'The access of applications.';
COMMENT ON COLUMN api_keys.tenant_id IS 'identifier';
COMMENT ON COLUMN api_keys.api_key_id IS 'identifier';
COMMENT ON COLUMN api_keys.digest IS 'digest: of the key, not keyed; of an access key, of its label';
COMMENT ON COLUMN api_keys.name IS 'clear text, name: chosen by the operator';
COMMENT ON COLUMN api_keys.kind IS 'clear text, technical: native, uuid or access_key';
COMMENT ON COLUMN api_keys.label IS 'clear text, technical: the part of the key that is no secret';
COMMENT ON COLUMN api_keys.permissions IS 'clear text, technical';
COMMENT ON COLUMN api_keys.galleries IS 'clear text, technical: names of the galleries the key is limited to';
COMMENT ON COLUMN api_keys.created_by IS 'clear text, technical: kind and identifier of who made it';
COMMENT ON COLUMN api_keys.created_at IS 'time';
COMMENT ON COLUMN api_keys.expires_at IS 'time';
COMMENT ON COLUMN api_keys.rate_per_minute IS 'number: requests that are allowed';
COMMENT ON COLUMN api_keys.rate_burst IS 'number: requests that are allowed at once';
COMMENT ON COLUMN api_keys.last_used_at IS 'time: to the minute';
COMMENT ON COLUMN api_keys.revoked_at IS 'time';
COMMENT ON COLUMN api_keys.nonce IS 'number: random, used once';
COMMENT ON COLUMN api_keys.ciphertext IS 'encrypted: the secret of an access key, AES-256-GCM, bound to its row';

CREATE TABLE pending_sign_ins (
    tenant_id    uuid        NOT NULL,
    state        bytea       NOT NULL,
    binding      bytea       NOT NULL,
    redirect_uri text        NOT NULL,
    return_to    text        NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, state)
);
CREATE INDEX pending_sign_ins_by_age ON pending_sign_ins (tenant_id, expires_at);
COMMENT ON TABLE pending_sign_ins IS 'Who was sent to an OpenID provider and has not come back.';
COMMENT ON COLUMN pending_sign_ins.tenant_id IS 'identifier';
COMMENT ON COLUMN pending_sign_ins.state IS 'digest: of the state, not keyed';
COMMENT ON COLUMN pending_sign_ins.binding IS 'digest: of what the browser keeps, not keyed';
COMMENT ON COLUMN pending_sign_ins.redirect_uri IS 'clear text, technical: where the provider sends the browser';
COMMENT ON COLUMN pending_sign_ins.return_to IS 'clear text, technical: where the browser wanted to go';
COMMENT ON COLUMN pending_sign_ins.expires_at IS 'time';

CREATE TABLE lockouts (
    tenant_id    uuid        NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    subject      bytea       NOT NULL,
    failures     integer     NOT NULL,
    tried_at     timestamptz NOT NULL,
    locked_until timestamptz,
    PRIMARY KEY (tenant_id, subject)
);
CREATE INDEX lockouts_by_age ON lockouts (tried_at);
COMMENT ON TABLE lockouts IS 'Failed sign-ins of the last day; they belong to no tenant, because logins may be unknown.';
COMMENT ON COLUMN lockouts.tenant_id IS 'identifier: always the default tenant';
COMMENT ON COLUMN lockouts.subject IS 'digest: of a login or an address, not keyed';
COMMENT ON COLUMN lockouts.failures IS 'number';
COMMENT ON COLUMN lockouts.tried_at IS 'time';
COMMENT ON COLUMN lockouts.locked_until IS 'time';

CREATE TABLE idempotent_requests (
    tenant_id     uuid        NOT NULL,
    key           bytea       NOT NULL,
    fingerprint   bytea       NOT NULL,
    claim         uuid        NOT NULL,
    claimed_until timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    status        integer,
    media_type    text,
    nonce         bytea       CHECK (octet_length(nonce) = 12),
    ciphertext    bytea,
    PRIMARY KEY (tenant_id, key),
    CONSTRAINT idempotent_requests_whole CHECK (num_nulls(status, media_type, nonce, ciphertext) IN (0, 4))
);
CREATE INDEX idempotent_requests_by_age ON idempotent_requests (tenant_id, expires_at);
COMMENT ON TABLE idempotent_requests IS 'Writes of the last day that had an idempotency key, and their answers.';
COMMENT ON COLUMN idempotent_requests.tenant_id IS 'identifier';
COMMENT ON COLUMN idempotent_requests.key IS 'digest: of the caller and its key, not keyed';
COMMENT ON COLUMN idempotent_requests.fingerprint IS 'digest: of the request, not keyed';
COMMENT ON COLUMN idempotent_requests.claim IS 'identifier: of the try that works on it';
COMMENT ON COLUMN idempotent_requests.claimed_until IS 'time: when that try is believed dead';
COMMENT ON COLUMN idempotent_requests.expires_at IS 'time';
COMMENT ON COLUMN idempotent_requests.status IS 'number: HTTP status of the answer';
COMMENT ON COLUMN idempotent_requests.media_type IS 'clear text, technical: of the answer';
COMMENT ON COLUMN idempotent_requests.nonce IS 'number: random, used once';
COMMENT ON COLUMN idempotent_requests.ciphertext IS 'encrypted: the answer, AES-256-GCM, bound to its row';

SELECT build_tenant_wall('tenants', 'SELECT', forced => false);
SELECT build_tenant_wall('users', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
SELECT build_tenant_wall('sign_in_links', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
SELECT build_tenant_wall('sessions', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
SELECT build_tenant_wall('api_keys', 'SELECT, INSERT, UPDATE, DELETE', forced => false);
SELECT build_tenant_wall('lockouts', 'SELECT', forced => false);
SELECT build_tenant_wall('pending_sign_ins', 'SELECT, INSERT, UPDATE, DELETE');
SELECT build_tenant_wall('idempotent_requests', 'SELECT, INSERT, UPDATE, DELETE');
