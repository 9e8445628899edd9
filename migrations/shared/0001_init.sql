-- What belongs to no authority: who there is, where a reference lives, sessions, published packages.
-- No application contents. Types and words as in migrations/tenant.

-- One sealed constant: says whether the root key is the one that this data was made with.
create table key_check (
  id bigint not null primary key,
  body bytea not null
);

create table authority (
  id text not null primary key,
  name text not null,
  level text not null,
  created_at bigint not null
);
create table authority_code (
  kind text not null,                -- ags, district, association
  code text not null,
  tenant text not null references authority (id),
  primary key (kind, code, tenant)
);
create table tenant_key (
  tenant text not null primary key references authority (id),
  body bytea not null                -- wrapped by the root key
);

create table reference_index (
  reference text not null primary key,
  tenant text not null,
  case_id text not null
);

create table package (
  service text not null,
  version bigint not null,
  hash text not null,
  published_at bigint not null,
  body bytea not null,
  primary key (service, version),
  unique (hash, service)
);

-- Only a hint: the jobs are in the tenant's tables. Rebuilt by a sweep after start.
create table job_hint (
  tenant text not null primary key,
  due bigint not null
);
create index job_hint_due on job_hint (due);

create table session (
  token_hash bytea not null primary key,
  tenant text not null,
  clerk text not null,
  created_at bigint not null,
  expires_at bigint not null
);
create index session_clerk on session (tenant, clerk);

create table login (
  email_hash bytea not null primary key,  -- HMAC of the folded address
  tenant text not null,
  clerk text not null
);

-- Wrong codes and passwords within the hour that began at since_at.
create table miss (
  key_hash bytea not null primary key,
  since_at bigint not null,
  n bigint not null
);

create table demand_day (
  place text not null,
  service text not null,
  day text not null,
  kind text not null,
  n bigint not null,
  primary key (place, service, day, kind)
);
