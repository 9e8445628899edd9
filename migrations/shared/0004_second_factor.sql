-- A log-in whose password was right: `in` works at the desk, `code` waits for the second factor, `setup` must first
-- set one up.
alter table session add column stage text not null default 'in';
