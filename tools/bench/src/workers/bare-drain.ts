/** The bare substrate: a loop of `pgmq.read(100)` and `pgmq.delete(array)`, as PGMQ's documentation shows it. */
import { Client } from 'pg';
import { runDrain } from '../child.ts';

const [url, count] = process.argv.slice(2);
const client = new Client({ connectionString: url });
await client.connect();

await runDrain(async () => {
	let left = Number(count);
	while (left > 0) {
		const { rows } = await client.query<{ msg_id: string }>(
			`select msg_id from pgmq.read(queue_name => 'bare', vt => 30, qty => 100)`,
		);
		await client.query(`select pgmq.delete(queue_name => 'bare', msg_ids => $1::bigint[])`, [
			rows.map(({ msg_id }) => msg_id),
		]);
		left -= rows.length;
	}
});
