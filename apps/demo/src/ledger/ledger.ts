/**
 * The vocabulary of the ledger. Every booking moves money between two accounts in two lines that add up to zero, so money is conserved
 * at every commit. What has left the payer and not reached the payee yet lies on the clearing account.
 */

/** Internal accounts: their balance is the sum of their lines, so that no row of theirs is locked by every booking. */
export const internalAccounts = {
	/** Where the opening balances of the customers come from. */
	opening: 'internal:opening',
	/** What is on its way from a payer to a payee. */
	clearing: 'internal:clearing',
	/** What payment orders have set aside. */
	reserve: 'internal:reserve',
} as const;

export type BookingKind =
	| 'opening'
	| 'debit'
	| 'credit'
	| 'refund'
	| 'reserve'
	| 'debit-reserve'
	| 'credit-payee'
	| 'reclaim-credit'
	| 'return-debit'
	| 'release';

export interface Booking {
	/** The command that books. */
	readonly commandId: string;
	/** What it is about: the transfer, or the order. */
	readonly subjectId: string;
	readonly kind: BookingKind;
	readonly from: string;
	readonly to: string;
	readonly amountCents: number;
}
