-- The secret link by which a clerk's calendar program reads the rooms' calendar. One for each clerk; only a
-- keyed hash of its token is kept. Taken back: the row is gone.
create table calendar_feed (
  tenant text not null,
  clerk text not null,
  created_at bigint not null,
  token_hash bytea not null,         -- HMAC of the link's token
  primary key (tenant, clerk),
  foreign key (tenant, clerk) references clerk (tenant, id) on delete cascade
);
create unique index calendar_feed_token on calendar_feed (tenant, token_hash);
