-- How far a case is on its way out: kept, due, offered, released; held: nothing is erased. And the day on which the
-- daily run looks at it again; null: it has to be worked out.
alter table case_file add column keep_stage text not null default 'kept';
alter table case_file add column held bigint not null default 0;
alter table case_file add column keep_day text;
create index case_file_keep on case_file (tenant, is_open, keep_day);
create index case_file_stage on case_file (tenant, keep_stage);
-- What is left of a case that was erased: enough to say that it was, nothing of what it said.
create table erased_case (
  tenant text not null,
  id text not null,
  reference text not null,
  place text not null,
  service text not null,
  received_at bigint not null,
  ended text not null,
  outcome text not null,
  why text not null,                 -- no_archive, declined, no_answer, taken
  erased_at bigint not null,
  access_hash bytea not null,        -- HMAC of the applicant's access code
  primary key (tenant, id),
  unique (tenant, reference)
);
create index erased_case_at on erased_case (tenant, erased_at);
-- What has been delivered needs its contents no more.
update delivery_out set payload = cast('' as bytea) where delivered_at is not null;
