-- Authorities that are no more: where what was theirs is now. done = 0: the merging was begun and is not at its end; until
-- then nobody opens them.
create table merged (
  id text not null primary key,
  into_tenant text not null,
  at bigint not null,
  done bigint not null
);
create index merged_into on merged (into_tenant);
