-- How often something was done within the last hour is counted before it is done again.
CREATE INDEX audit_actions ON audit (action, at);
