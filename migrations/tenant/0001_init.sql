-- Tables of one authority. SQLite: one file per authority; PostgreSQL: all in one database. `tenant` comes
-- first in every key on both. Types: text, bigint, bytea, nothing else. Times are bigint (UTC, milliseconds),
-- days are text (2026-11-24), yes/no is bigint 0/1. "sealed" = AES-256-GCM, see crates/store/src/seal.rs.

create table case_file (
  tenant text not null,
  id text not null,
  no bigint not null,                -- drawn at random; short key of the search tokens
  reference text not null,
  place text not null,
  service text not null,
  service_hash text not null,
  state text not null,
  is_open bigint not null,
  channel text not null,
  received_at bigint not null,
  updated_at bigint not null,
  event_day text,
  due text,
  late_by bigint not null,
  assignee text,
  fee_open bigint not null,
  to_print bigint not null,
  seq bigint not null,               -- version of the sealed columns; a row lock on both engines
  access_hash bytea not null,        -- HMAC of the applicant's access code
  case_key bytea not null,           -- the case's own key, wrapped
  summary bytea not null,            -- sealed: what a list shows
  body bytea not null,               -- sealed: the whole case
  primary key (tenant, id),
  unique (tenant, no),
  unique (tenant, reference)
);
create index case_file_due on case_file (tenant, is_open, due);
create index case_file_received on case_file (tenant, received_at);

create table case_event (
  tenant text not null,
  case_id text not null,
  n bigint not null,
  at bigint not null,
  kind text not null,
  actor text not null,               -- applicant, system or a clerk's id
  public bigint not null,
  body bytea not null,               -- sealed: name and text
  primary key (tenant, case_id, n),
  foreign key (tenant, case_id) references case_file (tenant, id) on delete cascade
);

-- The head row is locked by every transaction that writes audit rows: the chain has no forks.
create table audit_head (
  tenant text not null primary key,
  n bigint not null,
  hash bytea not null
);
create table audit (
  tenant text not null,
  n bigint not null,
  at bigint not null,
  actor text not null,
  event text not null,
  case_id text,                      -- no foreign key: the log outlives the case
  prev_hash bytea not null,
  hash bytea not null,
  primary key (tenant, n)
);
create index audit_case on audit (tenant, case_id);

create table paper (
  tenant text not null,
  id text not null,
  case_id text not null,
  created_at bigint not null,
  size bigint not null,
  chunks bigint not null,
  meta bytea not null,               -- sealed: question, name, type, digest
  primary key (tenant, id),
  foreign key (tenant, case_id) references case_file (tenant, id) on delete cascade
);
create index paper_case on paper (tenant, case_id);
create table paper_chunk (
  tenant text not null,
  paper text not null,
  n bigint not null,
  body bytea not null,               -- sealed, 256 KiB of content
  primary key (tenant, paper, n),
  foreign key (tenant, paper) references paper (tenant, id) on delete cascade
);

create table letter (
  tenant text not null,
  id text not null,
  case_id text not null,
  kind text not null,
  created_at bigint not null,
  size bigint not null,
  chunks bigint not null,
  meta bytea not null,               -- sealed: digest
  primary key (tenant, id),
  foreign key (tenant, case_id) references case_file (tenant, id) on delete cascade
);
create index letter_case on letter (tenant, case_id);
create table letter_chunk (
  tenant text not null,
  letter text not null,
  n bigint not null,
  body bytea not null,
  primary key (tenant, letter, n),
  foreign key (tenant, letter) references letter (tenant, id) on delete cascade
);

-- Words, prefixes and one-letter deletions as keyed hashes. A case's tokens are found again from the case.
create table search_token (
  tenant text not null,
  token bigint not null,
  case_no bigint not null,
  primary key (tenant, token, case_no)
) /*sqlite: without rowid*/;

create table job (
  tenant text not null,
  id text not null,
  kind text not null,
  state text not null check (state in ('waiting', 'running', 'dead')),
  planned_at bigint not null,        -- first due time
  due bigint not null,               -- next try; running: when the claim lapses
  attempts bigint not null,
  dedup text,
  error text,
  payload bytea not null,            -- sealed
  primary key (tenant, id)
);
create index job_due on job (tenant, state, due);
create unique index job_dedup on job (tenant, dedup) where dedup is not null and state = 'waiting';

create table count_day (
  tenant text not null,
  place text not null,
  service text not null,
  day text not null,
  kind text not null,
  n bigint not null,
  primary key (tenant, place, service, day, kind)
);

create table room (
  tenant text not null,
  id text not null,
  place text not null,
  parent text,
  on_request text not null check (on_request in ('hold', 'wish')),
  active bigint not null,
  position bigint not null,
  touched bigint not null,           -- a booking updates the root's row first: the lock of its tree
  body text not null,                -- JSON: name, persons, tariff
  primary key (tenant, id),
  foreign key (tenant, parent) references room (tenant, id)
);
create table booking (
  tenant text not null,
  id text not null,
  room text not null,
  case_id text,
  from_at bigint not null,
  to_at bigint not null,
  kind text not null check (kind in ('hold', 'wish', 'firm', 'blocked')),
  created_at bigint not null,
  label bytea not null,              -- sealed
  primary key (tenant, id),
  foreign key (tenant, room) references room (tenant, id),
  foreign key (tenant, case_id) references case_file (tenant, id) on delete cascade,
  check (from_at < to_at)
);
create index booking_time on booking (tenant, room, from_at);
create index booking_case on booking (tenant, case_id);

-- The newest row of a (place, service) counts.
create table opt_in (
  tenant text not null,
  place text not null,
  service text not null,
  n bigint not null,
  active bigint not null,
  from_at bigint not null,
  actor text not null,
  primary key (tenant, place, service, n)
);
create table setting (
  tenant text not null,
  place text not null,
  service text not null,
  n bigint not null,
  from_at bigint not null,
  actor text not null,
  params text not null,              -- JSON
  primary key (tenant, place, service, n)
);
create table office (
  tenant text not null,
  place text not null,               -- '' = the authority itself
  body text not null,                -- JSON: contact, hours, bank
  crest_type text,
  crest bytea,
  primary key (tenant, place)
);
create table text_block (
  tenant text not null,
  id text not null,
  service text not null,
  kind text not null,
  title text not null,
  body text not null,
  position bigint not null,
  primary key (tenant, id)
);
create table change_log (
  tenant text not null,
  id text not null,
  at bigint not null,
  place text not null,
  area text not null,
  item text not null,
  actor text not null,
  body bytea not null,               -- sealed: before and after
  primary key (tenant, id)
);
create index change_log_at on change_log (tenant, at);

create table clerk (
  tenant text not null,
  id text not null,
  created_at bigint not null,
  active bigint not null,
  roles text not null,               -- JSON
  prefs text not null,               -- JSON
  password text not null,            -- Argon2id, PHC string
  body bytea not null,               -- sealed: e-mail and name
  primary key (tenant, id)
);

create table consultation (
  tenant text not null,
  id text not null,
  incoming bigint not null,
  case_id text,
  peer text,
  peer_id text,
  token_hash bytea,                  -- HMAC of the link's token
  asked_at bigint not null,
  answer_by text not null,
  expires_at bigint not null,
  reminded_at bigint,
  answered_at bigint,
  revoked_at bigint,
  body bytea not null,               -- sealed: who, fields sent out
  answer bytea,                      -- sealed
  primary key (tenant, id),
  foreign key (tenant, case_id) references case_file (tenant, id) on delete cascade
);
create index consultation_case on consultation (tenant, case_id);
create unique index consultation_token on consultation (tenant, token_hash) where token_hash is not null;

create table idempotency (
  tenant text not null,
  place text not null,
  service text not null,
  idem_key bytea not null,           -- HMAC of the client's key
  at bigint not null,
  answers_hash bytea not null,
  answer bytea,                      -- sealed
  primary key (tenant, place, service, idem_key)
);
create index idempotency_at on idempotency (tenant, at);

create table delivery_out (
  tenant text not null,
  id text not null,
  to_tenant text not null,
  kind text not null,
  created_at bigint not null,
  delivered_at bigint,
  payload bytea not null,            -- sealed
  primary key (tenant, id)
);
create table delivery_in (
  tenant text not null,
  id text not null,
  from_tenant text not null,
  kind text not null,
  received_at bigint not null,
  primary key (tenant, id)
);

create table outbox_mail (
  tenant text not null,
  id text not null,
  created_at bigint not null,
  sent_at bigint,
  attempts bigint not null,
  body bytea not null,               -- sealed: to, subject, text
  primary key (tenant, id)
);
create index outbox_mail_sent on outbox_mail (tenant, sent_at);

create table feedback (
  tenant text not null,
  id text not null,
  at bigint not null,
  kind text not null,
  page text not null,
  body bytea not null,               -- sealed: text and contact
  primary key (tenant, id)
);
