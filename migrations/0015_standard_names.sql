-- The words of Prometheus and of Standard Webhooks for what is measured and delivered.
ALTER TABLE alerts RENAME COLUMN opened_told_at TO opened_delivered_at;
ALTER TABLE alerts RENAME COLUMN resolved_told_at TO resolved_delivered_at;
ALTER TABLE samples RENAME COLUMN reading TO measurement;
