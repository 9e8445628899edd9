-- What an authority takes in within an hour is counted where it lies.
create index paper_at on paper (tenant, created_at);
