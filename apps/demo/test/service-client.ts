/** The service as its callers see it. */
import { z } from 'zod';
import { eventually } from './demo-process.ts';

const TransferSchema = z.looseObject({
	transferId: z.string(),
	status: z.string(),
	hasEnded: z.boolean(),
	isParked: z.boolean(),
	reason: z.string().nullable(),
	commands: z.array(
		z.looseObject({
			commandId: z.string(),
			commandType: z.string(),
			status: z.string(),
			history: z.array(z.looseObject({ type: z.string() })),
		}),
	),
});

export type ShownTransfer = z.output<typeof TransferSchema>;

interface TransferBody {
	readonly transferId?: string;
	readonly fromAccount: string;
	readonly toAccount: string;
	readonly amountCents: number;
	readonly reference?: string;
}

export interface ServiceClient {
	/** Posts whatever is given. */
	post(body: unknown, headers?: Record<string, string>): Promise<Response>;
	/** Places a transfer that must be accepted. */
	place(body: TransferBody): Promise<string>;
	show(transferId: string): Promise<ShownTransfer>;
	/** Waits until the transfer looks like this. */
	until(transferId: string, isThere: (transfer: ShownTransfer) => boolean): Promise<ShownTransfer>;
}

/** Somebody who may place transfers, and sends JSON. */
export const asClerk = { authorization: 'Bearer bob:operator', 'content-type': 'application/json' } as const;

export const settled = ({ hasEnded, isParked }: ShownTransfer): boolean => hasEnded || isParked;

export function serviceAt(url: string): ServiceClient {
	const client: ServiceClient = {
		post: (body, headers = asClerk) =>
			fetch(`${url}/transfers`, {
				method: 'POST',
				headers,
				body: typeof body === 'string' ? body : JSON.stringify(body),
			}),
		async place(body) {
			const response = await client.post(body);
			return z.looseObject({ transferId: z.string() }).parse(await response.json()).transferId;
		},
		show: async (transferId) => TransferSchema.parse(await (await fetch(`${url}/transfers/${transferId}`)).json()),
		until: (transferId, isThere) =>
			eventually(async () => {
				const transfer = await client.show(transferId);
				return isThere(transfer) ? transfer : undefined;
			}),
	};
	return client;
}
