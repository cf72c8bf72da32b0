-- #region statement
begin;
insert into transfer (cents) values (500);
select cb.send('payments', 'DebitAccount', '{"account": "A-1", "cents": 500}');
commit;
-- #endregion statement

-- #region trigger
create function debit_after_transfer() returns trigger
	language plpgsql
as $$
begin
	perform cb.send('payments', 'DebitAccount', jsonb_build_object('account', 'A-1', 'cents', new.cents));
	return null;
end
$$;

create trigger debit_after_transfer after insert on transfer
	for each row execute function debit_after_transfer();
-- #endregion trigger
