/** The process that most tests run: three bookings that can be undone, and a mail that cannot. */
import { z } from 'zod';
import { defineCommand } from '@cb/core';
import { defineProcess } from '../src/index.ts';
import type { ProcessDefinition } from '../src/index.ts';

const domain = 'trips';
const reference = z.object({ reference: z.string() });

export const BookHotel = defineCommand({
	domain,
	type: 'BookHotel',
	data: z.object({ traveller: z.string() }),
	result: reference,
});
const BookFlight = defineCommand({
	domain,
	type: 'BookFlight',
	data: z.object({ hotel: z.string() }),
	result: reference,
});
const ChargeCard = defineCommand({
	domain,
	type: 'ChargeCard',
	data: z.object({ cents: z.int() }),
	result: reference,
});
export const SendMail = defineCommand({ domain, type: 'SendMail', data: z.object({ to: z.string() }) });
const CancelHotel = defineCommand({ domain, type: 'CancelHotel', data: reference });
const CancelFlight = defineCommand({ domain, type: 'CancelFlight', data: reference });
const RefundCard = defineCommand({ domain, type: 'RefundCard', data: reference });

const TripInput = z.object({ traveller: z.string(), cents: z.int().default(100) });
const TripState = z.object({
	traveller: z.string(),
	cents: z.int(),
	hotel: z.string().nullable(),
	flight: z.string().nullable(),
	charge: z.string().nullable(),
});
export type TripState = z.output<typeof TripState>;

export type TripStep = 'BOOK_HOTEL' | 'BOOK_FLIGHT' | 'CHARGE' | 'MAIL' | 'CANCEL_HOTEL' | 'CANCEL_FLIGHT' | 'REFUND';

interface Policies {
	readonly type?: string;
	readonly onFailed?: 'fail' | 'compensate';
	readonly onCompensationFailure?: 'continue' | 'wait';
}

/** Hotel → flight → charge → mail, undone in reverse: refund, flight, hotel. */
export function defineTrip({ type = 'Trip', ...policies }: Policies = {}): ProcessDefinition<
	z.input<typeof TripInput>,
	TripState,
	TripStep
> {
	return defineProcess({
		type,
		domain,
		input: TripInput,
		state: TripState,
		initialState: ({ traveller, cents }) => ({ traveller, cents, hotel: null, flight: null, charge: null }),
		first: 'BOOK_HOTEL',
		steps: {
			BOOK_HOTEL: {
				definition: BookHotel,
				command: ({ traveller }) => ({ data: { traveller } }),
				onReply: (state, { data }) => ({ ...state, hotel: data.reference }),
				next: 'BOOK_FLIGHT',
				compensation: 'CANCEL_HOTEL',
			},
			BOOK_FLIGHT: {
				definition: BookFlight,
				command: ({ hotel }) => ({ data: { hotel: hotel ?? '' } }),
				onReply: (state, { data }) => ({ ...state, flight: data.reference }),
				next: 'CHARGE',
				compensation: 'CANCEL_FLIGHT',
			},
			CHARGE: {
				definition: ChargeCard,
				command: ({ cents }) => ({ data: { cents } }),
				onReply: (state, { data }) => ({ ...state, charge: data.reference }),
				next: 'MAIL',
				compensation: 'REFUND',
			},
			MAIL: { definition: SendMail, command: ({ traveller }) => ({ data: { to: traveller } }), next: 'end' },
			CANCEL_HOTEL: { definition: CancelHotel, command: ({ hotel }) => ({ data: { reference: hotel ?? '' } }) },
			CANCEL_FLIGHT: { definition: CancelFlight, command: ({ flight }) => ({ data: { reference: flight ?? '' } }) },
			REFUND: { definition: RefundCard, command: ({ charge }) => ({ data: { reference: charge ?? '' } }) },
		},
		...policies,
	});
}

export const Trip = defineTrip();
