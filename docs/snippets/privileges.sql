-- #region worker
-- Sends, works, operates. Cannot change or delete a line of the audit, create domains or migrate.
create role cb_worker nologin;
grant usage on schema cb, pgmq to cb_worker;
grant select, insert, update, delete on all tables in schema cb, pgmq to cb_worker;
grant usage on all sequences in schema cb, pgmq to cb_worker;
revoke update, delete, truncate on cb.command_audit, cb.batch_event, cb.process_event from cb_worker;
revoke insert, update, delete on cb.domain, cb.migration, cb.pgmq_installation from cb_worker;
-- #endregion worker

-- #region reader
-- Looks, and changes nothing.
create role cb_reader nologin;
grant usage on schema cb, pgmq to cb_reader;
grant select on all tables in schema cb, pgmq to cb_reader;
-- #endregion reader

-- #region later
-- Queues of domains that are created later, by the role that runs this:
alter default privileges in schema cb, pgmq grant select, insert, update, delete on tables to cb_worker;
alter default privileges in schema cb, pgmq grant usage on sequences to cb_worker;
alter default privileges in schema cb, pgmq grant select on tables to cb_reader;
-- #endregion later
