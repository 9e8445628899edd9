-- Passkeys of people and clubs: they belong to whoever reads the mail of an address, in all accounts that know it.
create table account_passkey (
  id_hash bytea not null primary key, -- keyed hash of the credential's number
  key_hash bytea not null,            -- whose: keyed hash of the address, as in account_login
  since bigint not null,
  owner bytea not null,               -- sealed, opens with the credential's number only: the address
  body bytea not null                 -- sealed, opens with the address only: name, last use, what signatures are checked with
);
create index account_passkey_key on account_passkey (key_hash);
-- Which passkey opened a session, when it was last used, and with what: as for clerks.
alter table account_session add column passkey bytea;   -- null: opened otherwise
alter table account_session add column seen_at bigint;  -- null: not since the log-in
alter table account_session add column device text;     -- "Firefox unter Windows"
create index account_session_passkey on account_session (passkey);
