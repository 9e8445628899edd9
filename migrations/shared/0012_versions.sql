-- What became of a published package: proposed, approved by a second person from a day on, refused, withdrawn. The
-- version that new applications use is the approved one with the latest day that has come, then the latest number.
create table service_version (
  service text not null,
  n bigint not null,                 -- from 1, in the order in which they came
  id text not null unique,
  version bigint not null,           -- number of the package
  hash text not null,
  origin text not null,              -- shipped: came with the program; centre: the competence centre proposed it
  state text not null,               -- proposed, approved, refused, withdrawn
  valid_from text not null,          -- the day wished for, then the day approved
  proposed_by text not null,         -- an account of the competence centre; empty: the program
  proposed_at bigint not null,
  note text not null,                -- what the proposer says about it
  decided_by text,
  decided_at bigint,
  withdrawn_by text,
  withdrawn_at bigint,
  why text not null,                 -- of a refusal or a withdrawal
  examples bytea not null,           -- its examples with the outcomes expected
  primary key (service, n)
);
