-- What is known of backups. A backup is believed only after it was restored: what a drill found stands here, '' = all
-- is well. Digests, so that a backup that was changed as a whole shows, too.
create table backup_run (
  name text not null primary key,    -- its folder
  at bigint not null,
  manifest bytea not null,           -- SHA-256 of its list of files
  drilled_at bigint,
  drill text
);
-- One sealed word, new with each backup: a copy that holds it is of that moment, and opens with the root key.
create table backup_canary (
  id bigint not null primary key,
  at bigint not null,
  body bytea not null
);
