/** What the payments domain can be asked to do. Sender and handler import the same definitions. */
import { defineCommand, domainQueues } from '@cb/core';
import { v5 as idFrom } from 'uuid';
import { z } from 'zod';

export const paymentsDomain = 'payments';

/** Where the outcomes of payments commands are told. */
export const paymentsReplyQueue = domainQueues(paymentsDomain).replies;

/** The largest amount of one transfer. */
export const maxAmountCents = 100_000_000;

const MovementSchema = z.object({
	transferId: z.guid(),
	accountId: z.string().min(1).max(64),
	amountCents: z.int().min(1).max(maxAmountCents),
});

const BookedSchema = z.object({ bookingId: z.string() });

export type Movement = z.output<typeof MovementSchema>;
export type Booked = z.output<typeof BookedSchema>;

const movement = { domain: paymentsDomain, data: MovementSchema, result: BookedSchema } as const;

/** Takes the amount from the payer; it lies on the clearing account until the payee has it. */
export const DebitAccount = defineCommand({ ...movement, type: 'DebitAccount' });

/** Gives the amount on the clearing account to the payee. */
export const CreditAccount = defineCommand({ ...movement, type: 'CreditAccount' });

/** Gives the amount on the clearing account back to the payer. */
export const RefundAccount = defineCommand({ ...movement, type: 'RefundAccount' });

/** The same transfer always gets the same command ids: sending twice is refused, not doubled. */
export function commandIdOf(transferId: string, command: 'debit' | 'credit' | 'refund'): string {
	return idFrom(command, transferId);
}
