-- What was begun for a place within an hour is counted where it lies.
create index draft_place on draft (place, updated_at);
