-- Begun applications. They belong to no authority and open only with the link or the code of whoever began them.

create table draft (
  id text not null primary key,
  link_hash bytea not null unique,
  code_hash bytea not null unique,   -- HMAC under a key from the root key
  locator text not null,             -- first four symbols of the code: misses are counted here
  place text not null,
  service text not null,
  created_at bigint not null,
  updated_at bigint not null,
  expires_at bigint not null,
  key_by_link bytea not null,        -- the draft's key, wrapped by a key from the link
  key_by_code bytea not null,        -- the same, wrapped by a key from the code
  seq bigint not null,
  body bytea not null                -- sealed
);
create index draft_expires on draft (expires_at);
create index draft_locator on draft (locator);

create table draft_miss (
  locator text not null primary key,
  since_at bigint not null,
  n bigint not null
);

create table draft_paper (
  draft text not null references draft (id) on delete cascade,
  id text not null,
  chunks bigint not null,
  meta bytea not null,               -- sealed
  primary key (draft, id)
);
create table draft_chunk (
  draft text not null,
  paper text not null,
  n bigint not null,
  body bytea not null,               -- sealed
  primary key (draft, paper, n),
  foreign key (draft, paper) references draft_paper (draft, id) on delete cascade
);
