/** Customers who place transfers over HTTP, many at a time. */
import { z } from 'zod';
import { seededRandom } from '../failures/attempt-random.ts';
import { sampleTransfer } from '../payments/sample-transfers.ts';
import type { TransferRequest } from '../payments/place-transfer.ts';
import { ScenarioError } from './scenario-error.ts';
import { authorization, callerCount, customerCount, misspelling, misspeltShare } from './settings.ts';
import type { ScenarioOptions } from './settings.ts';

export interface Placing {
	/** How many were accepted so far. */
	acceptedCount(): number;
	/** Resolves when all are. */
	readonly done: Promise<void>;
}

const AcceptedSchema = z.object({ transferId: z.string() });

export function placeTransfers(url: string, { transfers, seed }: ScenarioOptions, signal: AbortSignal): Placing {
	const random = seededRandom(`transfers ${seed}`);
	const requests = Array.from({ length: transfers }, () =>
		misspeltNowAndThen(sampleTransfer(customerCount, random), random),
	);
	let acceptedCount = 0;

	async function call(): Promise<void> {
		for (let request = requests.pop(); request !== undefined && !signal.aborted; request = requests.pop()) {
			await place(url, request, signal);
			acceptedCount++;
		}
	}

	return {
		acceptedCount: () => acceptedCount,
		done: Promise.all(Array.from({ length: callerCount }, call)).then(() => undefined),
	};
}

function misspeltNowAndThen(request: TransferRequest, random: () => number): TransferRequest {
	return random() < misspeltShare ? { ...request, toAccount: `${request.toAccount}${misspelling}` } : request;
}

async function place(url: string, request: TransferRequest, signal: AbortSignal): Promise<void> {
	const response = await fetch(`${url}/transfers`, {
		method: 'POST',
		headers: { authorization, 'content-type': 'application/json' },
		body: JSON.stringify(request),
		signal,
	});
	const body: unknown = await response.json();
	if (response.status !== 202 || AcceptedSchema.parse(body).transferId !== request.transferId) {
		throw new ScenarioError(`A transfer was not accepted: ${String(response.status)} ${JSON.stringify(body)}`);
	}
}
