/** The steps of a payment order, as commands: each books one movement, and each movement has one that takes it back. */
import { defineCommand } from '@cb/core';
import { z } from 'zod';
import { maxAmountCents } from '../payments/commands.ts';

export const ordersDomain = 'orders';

export const MovementSchema = z.object({
	orderId: z.guid(),
	/** The customer whose money moves. */
	accountId: z.string().min(1).max(64),
	amountCents: z.int().min(1).max(maxAmountCents),
});

export type OrderMovement = z.output<typeof MovementSchema>;

const BookedSchema = z.object({ bookingId: z.string() });

export type OrderBooked = z.output<typeof BookedSchema>;

const movement = { domain: ordersDomain, data: MovementSchema, result: BookedSchema } as const;

/** Sets the amount of the payer aside. */
export const ReserveFunds = defineCommand({ ...movement, type: 'ReserveFunds' });
/** Takes the amount that was set aside. */
export const DebitReserve = defineCommand({ ...movement, type: 'DebitReserve' });
/** Gives it to the payee. */
export const CreditPayee = defineCommand({ ...movement, type: 'CreditPayee' });

/** Undo `CreditPayee`. */
export const ReclaimCredit = defineCommand({ ...movement, type: 'ReclaimCredit' });
/** Undo `DebitReserve`. */
export const ReturnDebit = defineCommand({ ...movement, type: 'ReturnDebit' });
/** Undo `ReserveFunds`. */
export const ReleaseFunds = defineCommand({ ...movement, type: 'ReleaseFunds' });

export const NotificationSchema = z.object({
	orderId: z.guid(),
	accountIds: z.array(z.string().min(1).max(64)).min(1).max(10),
	text: z.string().min(1).max(500),
});

export type Notification = z.output<typeof NotificationSchema>;

/** Tells payer and payee. What was told cannot be untold, so this has no undo. */
export const NotifyParties = defineCommand({
	domain: ordersDomain,
	type: 'NotifyParties',
	data: NotificationSchema,
	result: z.object({ notified: z.int() }),
});
