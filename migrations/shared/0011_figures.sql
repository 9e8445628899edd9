-- What the counters of all authorities come to, carried here by a job of each: numbers only. The cockpit reads these two
-- tables and no authority's own.
create table figure_month (
  tenant text not null,              -- who counted it; '' = demand where nobody has opted in
  place text not null,
  service text not null,
  month text not null,               -- 2026-11
  kind text not null,
  n bigint not null,
  primary key (tenant, place, service, month, kind)
);
-- Its sums, kept in the same transaction: for a month and a year; of the state, its districts and its places.
create table figure (
  period text not null,              -- 2026-11, 2026
  level bigint not null,             -- digits of the key: 2 state, 5 district, 8 place
  area text not null,
  service text not null,
  kind text not null,
  n bigint not null,
  primary key (period, level, area, service, kind)
);
create index figure_kind on figure (period, kind, level);
