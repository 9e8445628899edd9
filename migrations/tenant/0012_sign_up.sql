-- Authorities that ask the competence centre to join; lies with the centre, whose lead confirms. `token_hash`: of the link
-- that was mailed; `body` (sealed): who asks, the address, the password's hash, why it was refused.
create table sign_up (
  tenant text not null,
  id text not null,
  state text not null,               -- mailed, proven, confirmed, refused
  created_at bigint not null,
  changed_at bigint not null,
  expires_at bigint not null,
  token_hash bytea not null,
  body bytea not null,               -- sealed
  primary key (tenant, id)
);
create unique index sign_up_token on sign_up (tenant, token_hash);
create index sign_up_state on sign_up (tenant, state, changed_at);
