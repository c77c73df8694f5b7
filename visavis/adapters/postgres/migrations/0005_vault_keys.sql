-- What is sealed beside templates gets a data key of its own, which is rotated like theirs. Rows without one are older:
-- their key is derived from the photo key, until a rotation seals them anew.

ALTER TABLE data_keys DROP CONSTRAINT data_keys_purpose_check;
ALTER TABLE data_keys ADD CONSTRAINT data_keys_purpose_check
    CHECK (purpose IN ('photo', 'template', 'signing', 'vault'));
COMMENT ON COLUMN data_keys.purpose IS
    'clear text, technical: template (with details and images), vault (payloads, secrets, answers), photo or signing';

ALTER TABLE job_items ADD COLUMN data_key_id uuid,
    ADD CONSTRAINT job_items_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys;
CREATE INDEX job_items_under_key ON job_items (tenant_id, data_key_id) WHERE data_key_id IS NOT NULL;
COMMENT ON COLUMN job_items.data_key_id IS 'identifier: the key of the ciphertext';

ALTER TABLE staged_templates ADD COLUMN data_key_id uuid,
    ADD CONSTRAINT staged_templates_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys;
CREATE INDEX staged_templates_under_key ON staged_templates (tenant_id, data_key_id) WHERE data_key_id IS NOT NULL;
COMMENT ON COLUMN staged_templates.data_key_id IS 'identifier: the key of the ciphertext';

ALTER TABLE webhooks ADD COLUMN data_key_id uuid,
    ADD CONSTRAINT webhooks_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys;
COMMENT ON COLUMN webhooks.data_key_id IS 'identifier: the key of the ciphertext';

ALTER TABLE api_keys ADD COLUMN data_key_id uuid,
    ADD CONSTRAINT api_keys_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys;
COMMENT ON COLUMN api_keys.data_key_id IS 'identifier: the key of the ciphertext';

ALTER TABLE idempotent_requests ADD COLUMN data_key_id uuid,
    ADD CONSTRAINT idempotent_requests_data_key FOREIGN KEY (tenant_id, data_key_id) REFERENCES data_keys;
CREATE INDEX idempotent_requests_under_key ON idempotent_requests (tenant_id, data_key_id)
    WHERE data_key_id IS NOT NULL;
COMMENT ON COLUMN idempotent_requests.data_key_id IS 'identifier: the key of the ciphertext';
