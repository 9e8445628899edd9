-- Under which root key each key is wrapped (its fingerprint; '' = from before, filled at the next start), so that the
-- root key can be changed. What was derived from the root key becomes a key of its own, wrapped like the others.
alter table key_check add column root text not null default '';
alter table key_check add column since_at bigint not null default 0;
alter table tenant_key add column root text not null default '';
create table installation_key (
  name text not null primary key,    -- lookup, drafts
  root text not null,
  body bytea not null                -- wrapped by the root key
);
