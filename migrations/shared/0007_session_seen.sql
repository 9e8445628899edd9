-- When a session was last used, and with what: for the idle limit, and so that people see where they are logged in.
alter table session add column seen_at bigint;   -- null: not since the log-in
alter table session add column device text;      -- "Firefox unter Windows"
