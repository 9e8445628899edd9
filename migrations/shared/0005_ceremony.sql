-- A passkey's log-in or its setting up between the browser's two requests: the challenge that has to come back signed.
-- Each is taken once. Nothing of a person stands in it.
create table ceremony (
  token_hash bytea not null primary key,
  body text not null,
  expires_at bigint not null
);
