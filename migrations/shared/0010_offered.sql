-- What each authority has made public: which service is online where, since when and with which rules. Public facts
-- only, written down from the authorities' own tables, so that nobody opens them all to say who uses what.
create table offered (
  place text not null,
  service text not null,
  tenant text not null,
  online bigint not null,            -- 1: online, 0: paused
  since_at bigint not null,
  params text not null,              -- JSON; {}: as the service proposes
  primary key (place, service, tenant)
);
create index offered_tenant on offered (tenant);
create index offered_service on offered (service);
