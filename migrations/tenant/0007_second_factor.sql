-- What a clerk proves besides the password: `app` (an authenticator's secret), `next` (one that is being set up and
-- counts from its first right code on), `codes` (emergency codes, each for one time).
create table second_factor (
  tenant text not null,
  clerk text not null,
  kind text not null,
  since_at bigint not null,
  body bytea not null,               -- sealed
  primary key (tenant, clerk, kind),
  foreign key (tenant, clerk) references clerk (tenant, id) on delete cascade
);
