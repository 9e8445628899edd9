-- Each mail has tries of its own: when the next one is due, why the last one failed, and when it was given up.
alter table outbox_mail add column due bigint not null default 0;
alter table outbox_mail add column given_up_at bigint;
alter table outbox_mail add column error text;
