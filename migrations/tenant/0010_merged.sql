-- Authorities that were merged into this one: who they were, with which key their receipts and their log are checked, and
-- where their log ended. `body` (sealed): the key that their access codes are checked with, and what came.
create table merged_authority (
  tenant text not null,
  id text not null,
  name text not null,
  merged_at bigint not null,
  public_key bytea not null,
  n bigint not null,
  hash bytea not null,
  body bytea not null,               -- sealed
  primary key (tenant, id)
);
-- Their logs, each a chain of its own from its first row: what was written there is not written anew.
create table merged_audit (
  tenant text not null,
  authority text not null,
  n bigint not null,
  at bigint not null,
  actor text not null,
  event text not null,
  case_id text,
  prev_hash bytea not null,
  hash bytea not null,
  primary key (tenant, authority, n)
);
create index merged_audit_case on merged_audit (tenant, case_id);
create table merged_audit_day (
  tenant text not null,
  authority text not null,
  day text not null,
  n bigint not null,
  hash bytea not null,
  signature bytea not null,
  primary key (tenant, authority, day)
);
