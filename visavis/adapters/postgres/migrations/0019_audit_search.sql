-- Finds entries of the audit log by what they say. Without the sequence, equal words share one entry of an index, which
-- keeps it small beside a log that has a line for every decision; times only grow, which a summary of blocks suffices for.
CREATE INDEX audit_log_by_action ON audit_log (tenant_id, action);
CREATE INDEX audit_log_by_actor ON audit_log (tenant_id, actor);
CREATE INDEX audit_log_by_target ON audit_log (tenant_id, target);
CREATE INDEX audit_log_by_time ON audit_log USING brin (at);
