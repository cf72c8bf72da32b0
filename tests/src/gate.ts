/** A gate in the middle of a transaction: sessions of one application stop at the first write of a kind until the gate opens. */
import type { Scene } from './scene.ts';
import { until } from './until.ts';

export interface Gate {
	/** Resolves when a session stands at the gate, in an open transaction. */
	reached(): Promise<void>;
	isReached(): Promise<boolean>;
	/** Lets it pass, and all later ones. */
	open(): Promise<void>;
	/** Ends the session that stands there, as if its machine had died: its transaction is rolled back. */
	cutOff(): Promise<void>;
}

const key = 4_711;

/** `write` is what a trigger can name: `insert on cb.command`. */
export async function closeGate(scene: Scene, applicationName: string, write: string): Promise<Gate> {
	const { query, count } = scene;
	const holder = await scene.connect();
	await holder.query('select pg_advisory_lock($1::bigint)', [key]);
	await query(`
		create function public.gate() returns trigger language plpgsql as $$
		begin
			if current_setting('application_name') = '${applicationName}' then
				perform pg_advisory_xact_lock_shared(${key});
			end if;
			return coalesce(new, old);
		end $$;
		create trigger gate before ${write} for each row execute function public.gate();
	`);
	const standing = `from pg_stat_activity a where a.application_name = $1::text and a.wait_event = 'advisory'`;
	const standingCount = (): Promise<number> => count(`select count(*) ${standing}`, [applicationName]);

	async function open(): Promise<void> {
		await holder.query('select pg_advisory_unlock($1::bigint)', [key]);
		await until(standingCount, (sessions) => sessions === 0, { what: 'nobody at the gate' });
		await holder.end();
		await query('drop function public.gate() cascade');
	}
	return {
		async reached() {
			await until(standingCount, (sessions) => sessions > 0, { what: `a session at ${write}` });
		},
		isReached: async () => (await standingCount()) > 0,
		open,
		async cutOff() {
			await query(`select pg_terminate_backend(a.pid) ${standing}`, [applicationName]);
			await open();
		},
	};
}
