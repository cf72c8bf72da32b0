import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually, startDemo } from './demo-process.ts';

const dataDirectory = mkdtempSync(join(tmpdir(), 'cb-demo-data-'));

afterAll(() => {
	rmSync(dataDirectory, { recursive: true, force: true });
});

const environment = { CB_DEMO_DATA_DIRECTORY: dataDirectory, CB_DATABASE_URL: '', CB_DEMO_TRANSFERS_PER_SECOND: '50' };
const connectionFile = join(dataDirectory, 'connection.json');
const TransfersSchema = z.object({ transfers: z.array(z.looseObject({ transferId: z.string() })) });

async function transfersOf(url: string): Promise<z.output<typeof TransfersSchema>['transfers']> {
	return TransfersSchema.parse(await (await fetch(`${url}/transfers?limit=1000`)).json()).transfers;
}

describe('serve with the embedded server', () => {
	it('shows commands flowing, tells the CLI how to connect, keeps its data, and leaves nothing running', async () => {
		const first = startDemo(['serve', '--port', '0'], { environment });
		try {
			const url = (await first.says(/open {3}(http:\/\/\S+?)\/\s/))[1] ?? '';
			await eventually(async () => ((await transfersOf(url)).length > 20 ? true : undefined));
			const connection = z.looseObject({ url: z.string() }).parse(JSON.parse(readFileSync(connectionFile, 'utf8')));
			const other = startDemo(['serve', '--port', '0'], { environment });
			const otherCode = await other.ended;
			await other.cleanUp();
			first.child.kill('SIGINT');

			expect(otherCode).toBe(1);
			expect(other.output().stderr).toContain(`it runs already, as process ${String(first.child.pid)}`);
			expect(connection.url).toMatch(/^postgres(ql)?:\/\/.+\/cb_demo$/);
			expect(await first.ended, first.output().stderr).toBe(0);
			expect(readdirSync(dataDirectory)).not.toContain('connection.json');
			expect(first.survivors()).toEqual([]);
		} finally {
			await first.cleanUp();
		}

		const second = startDemo(['serve', '--port', '0', '--quiet'], { environment });
		try {
			const url = (await second.says(/open {3}(http:\/\/\S+?)\/\s/))[1] ?? '';

			expect((await transfersOf(url)).length).toBeGreaterThan(20);
		} finally {
			second.child.kill('SIGTERM');
			await second.ended;
			await second.cleanUp();
		}
	});

	it('says what is wrong with a setting, and with an argument', async () => {
		const setting = startDemo(['serve'], { environment: { ...environment, CB_DEMO_FAILURES: 'default=200' } });
		const argument = startDemo(['serve', '--transfers', 'x'], { environment });

		expect([await setting.ended, await argument.ended]).toEqual([2, 2]);
		expect(setting.output().stderr).toContain('CB_DEMO_FAILURES');
		expect(argument.output().stderr).toContain('transfers');
		await setting.cleanUp();
		await argument.cleanUp();
	});
});
