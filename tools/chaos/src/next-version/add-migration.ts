/**
 * Makes the `@cb/pg` of a process the next version: the same with one more migration. Loaded by `--import` before the program, it adds to the list
 * of the migrations in the module that has it; everything after that is the package's own code.
 */
import { createHash } from 'node:crypto';
import { registerHooks } from 'node:module';

/**
 * What releases do: a column, an index, and a move that has changed, whose functions are made anew for each domain. Workers of the old version
 * call the new functions from then on.
 */
const sql = `
alter table cb.command add column settled_by_version text;
create index command_audit_entry_type_index on cb.command_audit_entry (type, at);
do $do$
declare
	definition text := pg_get_functiondef('cb.define_settle(text)'::regprocedure);
begin
	if strpos(definition, 'version = c.version + 1,') = 0 then
		raise exception 'cb.define_settle is not what the next version is made from';
	end if;
	execute replace(definition, 'version = c.version + 1,', 'version = c.version + 1, settled_by_version = ''next'',');
end
$do$;
select cb.define_moves(d.domain) from cb.domain d;
select cb.secure_functions();
`;

const migration = { name: 'next_version', checksum: createHash('sha256').update(sql).digest('hex'), sql };
const addText = `
migrations.push({ number: migrations.length + 1, ...${JSON.stringify(migration)} });
`;

/** As built, and as it stands in the sources. */
const listModule = /\/packages\/pg\/(?:dist\/index\.js|src\/generated\/migrations\.ts)$/u;

registerHooks({
	load(url, context, nextLoad) {
		const loaded = nextLoad(url, context);
		if (!listModule.test(url)) return loaded;
		const { source = '' } = loaded;
		return { ...loaded, source: `${typeof source === 'string' ? source : new TextDecoder().decode(source)}${addText}` };
	},
});
