-- The head of the log on each day, signed by the authority. Also mailed to its lead: what leaves the house proves what
-- the log held, whoever may write here.
create table audit_day (
  tenant text not null,
  day text not null,
  n bigint not null,
  hash bytea not null,
  signature bytea not null,          -- Ed25519 of authority, day, n and hash
  primary key (tenant, day)
);
