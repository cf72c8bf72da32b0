-- #region roles
create role cb_api nologin;
create role cb_worker nologin;
create role cb_operator nologin;
create role cb_reader nologin;

select cb.grant_role('cb_api', 'sender'); -- sends and cancels, sees statuses, no payloads
select cb.grant_role('cb_worker', 'worker'); -- sends, works, moves processes, creates domains, prunes
select cb.grant_role('cb_operator', 'operator'); -- looks at parked commands and acts on them
select cb.grant_role('cb_reader', 'reader'); -- looks at everything, changes nothing
-- #endregion roles

-- #region missing
select * from cb.missing_privileges('cb_worker', 'worker'); -- nothing, when the role has all it needs
-- #endregion missing
