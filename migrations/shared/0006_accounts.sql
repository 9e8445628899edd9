-- Log-in of applicants and clubs. Whose an address is, as a keyed hash of it; one may belong to several accounts.
create table account_login (
  key_hash bytea not null,
  tenant text not null,
  member text not null,
  primary key (key_hash, tenant)
);
create index account_login_tenant on account_login (tenant, member);
-- A link that was sent by mail. The body opens with the link only.
create table account_link (
  token_hash bytea not null primary key,
  expires_at bigint not null,
  body bytea not null                -- sealed: the address, where to go on
);
-- Somebody who has proven an address; in an account, or ('') about to choose one. No rights: they are the member's.
create table account_session (
  token_hash bytea not null primary key,
  key_hash bytea not null,           -- whose: log-out everywhere ends all of them
  tenant text not null,
  member text not null,
  created_at bigint not null,
  expires_at bigint not null,
  body bytea not null                -- sealed, opens with the cookie only: what was proven
);
create index account_session_key on account_session (key_hash);
create index account_session_member on account_session (tenant, member);
