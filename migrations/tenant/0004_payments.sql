-- Where the payment of a case stands and by when it is due: what the list of payments is sorted by. Amounts stay
-- sealed. '' = nothing to pay, open, deposit (paid, the deposit is still here), done. Cases from before are found as
-- open; the others come in with their next change.
alter table case_file add column pay_state text not null default '';
alter table case_file add column pay_due text;
update case_file set pay_state = 'open' where fee_open = 1;
create index case_file_pay on case_file (tenant, pay_state, pay_due);
