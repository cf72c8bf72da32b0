/** Books, or throws the verdict on why it cannot be booked. */
import { BusinessRuleError, PermanentCommandError } from '@cb/core';
import type { Queryable } from '@cb/pg';
import type { Booking } from '../ledger/ledger.ts';
import { postBooking } from '../statements/post-booking.ts';
import { readAccounts } from '../statements/read-accounts.ts';

/** In the caller's transaction, which must roll back when this throws. */
export async function book(tx: Queryable, booking: Booking): Promise<string> {
	const bookingId = await postBooking(tx, booking);
	if (bookingId === undefined) throw await verdictOn(tx, booking);
	return bookingId;
}

async function verdictOn(tx: Queryable, { from, to, amountCents }: Booking): Promise<Error> {
	const accounts = await readAccounts(tx, { accountIds: [from, to] });
	for (const accountId of [from, to]) {
		const account = accounts.find((candidate) => candidate.accountId === accountId);
		if (account === undefined) {
			return new PermanentCommandError('ACCOUNT_UNKNOWN', `There is no account "${accountId}".`, { accountId });
		}
		if (account.isFrozen) {
			return new PermanentCommandError('ACCOUNT_FROZEN', `Account "${accountId}" is frozen.`, { accountId });
		}
	}
	// The message goes to the log, the details do not.
	return new BusinessRuleError('INSUFFICIENT_FUNDS', `Account "${from}" does not have enough.`, {
		accountId: from,
		amountCents,
	});
}
