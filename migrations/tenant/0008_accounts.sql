-- Who may act for an account, and in which role from when to when.
create table member (
  tenant text not null,
  id text not null,
  created_at bigint not null,
  body bytea not null,               -- sealed: address, name, roles with their days
  primary key (tenant, id)
);
-- What an account keeps: its name, what it fills in forms with, what was begun and what was sent.
create table account_item (
  tenant text not null,
  kind text not null,
  id text not null,
  at bigint not null,
  body bytea not null,               -- sealed
  primary key (tenant, kind, id)
);
