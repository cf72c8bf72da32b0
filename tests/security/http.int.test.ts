/** Whatever is said over HTTP: it is answered, never with a 5xx, and what is refused changes no row. */
import { createTroubleshootingQueue } from '@cb/ops';
import { createTroubleshootingHttp } from '@cb/ops/http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { openDemo } from './src/demo.ts';
import { parkTen } from './src/park-ten.ts';
import { requestsTo } from './src/requests.ts';
import type { HostileRequest, RightValues } from './src/requests.ts';
import { domain, openTargets } from './src/target.ts';

const origin = 'http://localhost';
const ProblemSchema = z.looseObject({ type: z.string(), title: z.string(), status: z.int() });

const { app, everything } = await openDemo();

interface Served {
	readonly ask: (request: Request) => Promise<Response>;
	readonly everything: () => Promise<unknown>;
	readonly headers: Readonly<Record<string, string>>;
	readonly documentPath: string;
	readonly right: RightValues;
}

/** How many answers there were of each hundred. */
async function attack(
	{ ask, everything, headers, documentPath, right }: Served,
	numRuns: number,
): Promise<Readonly<Record<string, number>>> {
	const document: unknown = await (await ask(new Request(`${origin}${documentPath}`, { headers }))).json();
	const answers: Record<string, number> = {};
	let before = await everything();
	await fc.assert(
		fc.asyncProperty(requestsTo(document, right), async (request: HostileRequest) => {
			const response = await ask(requestOf(request, headers));
			const text = await response.text();
			const after = await everything();

			expect(response.status, text).toBeLessThan(500);
			if (response.status >= 400) {
				if (request.method !== 'HEAD') expect(ProblemSchema.parse(JSON.parse(text)).status).toBe(response.status);
				expect(after).toEqual(before);
			}
			if (request.method === 'GET') expect(after).toEqual(before);
			before = after;
			const hundred = `${String(Math.floor(response.status / 100))}xx`;
			answers[hundred] = (answers[hundred] ?? 0) + 1;
		}),
		{ numRuns },
	);
	return answers;
}

function requestOf({ path, method, headers, body }: HostileRequest, always: Readonly<Record<string, string>>): Request {
	const init = { method, headers: { ...always, ...headers } };
	return new Request(`${origin}${path}`, body === undefined ? init : { ...init, body });
}

describe.each(await openTargets())('the Troubleshooting Queue over HTTP $name', (target) => {
	it('2.10 answers anything with what was done, or with a problem and no changed row', async () => {
		const parked = await parkTen(target);
		const ask = createTroubleshootingHttp({
			queue: createTroubleshootingQueue(target.backend),
			authenticate: () => ({ id: 'ada' }),
			basePath: '/tsq',
		});
		const right = {
			domain: [domain],
			commandId: parked.map(({ commandId }) => commandId),
			reason: ['because'],
			limit: [1, 10],
			action: [{ action: 'retry' }, { action: 'cancel', reason: 'because' }],
			filter: [{}, { domain }],
			data: [{ order: 1 }, null],
		};

		const answers = await attack(
			{ ask, everything: target.everything, headers: {}, documentPath: '/tsq/openapi.json', right },
			400,
		);

		expect(answers['2xx']).toBeGreaterThan(20);
		expect(answers['4xx']).toBeGreaterThan(100);
	});
});

describe('the demo', () => {
	it('2.10 answers anything with what was done, or with a problem and no changed row', async () => {
		const right = {
			fromAccount: ['customer-0001'],
			toAccount: ['customer-0002'],
			amountCents: [1, 100],
			accountId: ['customer-0003'],
			accountIds: [['customer-0001']],
			switch: ['freeze', 'unfreeze'],
			transfers: [[{ fromAccount: 'customer-0001', toAccount: 'customer-0002', amountCents: 1 }]],
			limit: [1, 10],
		};
		const headers = { authorization: 'Bearer alice:admin' };
		const ask = (request: Request): Promise<Response> => Promise.resolve(app.fetch(request));

		const answers = await attack({ ask, everything, headers, documentPath: '/openapi.json', right }, 150);

		expect(answers['2xx']).toBeGreaterThan(10);
		expect(answers['4xx']).toBeGreaterThan(40);
	});
});
