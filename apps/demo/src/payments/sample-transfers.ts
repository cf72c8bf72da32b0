/** Made-up transfers between made-up customers. */
import { v4 as randomId } from 'uuid';
import type { TransferRequest } from './place-transfer.ts';

export interface Customer {
	readonly accountId: string;
	readonly owner: string;
}

const givenNames = ['Ada', 'Barbara', 'Edsger', 'Frances', 'Grace', 'John', 'Katherine', 'Niklaus', 'Radia', 'Tony'];
const familyNames = [
	'Allen',
	'Dijkstra',
	'Hoare',
	'Hopper',
	'Johnson',
	'Liskov',
	'Lovelace',
	'McCarthy',
	'Perlman',
	'Wirth',
];
const occasions = ['Rent', 'Invoice', 'Groceries', 'Concert tickets', 'Birthday present', 'Repayment'];

export function sampleCustomers(count: number): readonly Customer[] {
	return Array.from({ length: count }, (_, index) => ({
		accountId: accountIdOf(index),
		owner: `${pick(givenNames, index)} ${pick(familyNames, Math.floor(index / givenNames.length) + index)}`,
	}));
}

/** A transfer between two of the first `customerCount` customers. */
export function sampleTransfer(customerCount: number, random: () => number): TransferRequest {
	const payer = Math.floor(random() * customerCount);
	const payee = (payer + 1 + Math.floor(random() * (customerCount - 1))) % customerCount;
	return {
		transferId: idOf(random),
		fromAccount: accountIdOf(payer),
		toAccount: accountIdOf(payee),
		amountCents: 1 + Math.floor(random() * 20_000),
		reference: `${pick(occasions, Math.floor(random() * occasions.length))} ${String(1_000 + Math.floor(random() * 9_000))}`,
	};
}

function accountIdOf(index: number): string {
	return `customer-${String(index + 1).padStart(4, '0')}`;
}

/** The same ids for the same seed. */
function idOf(random: () => number): string {
	return randomId({ random: Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256)) });
}

function pick(words: readonly string[], index: number): string {
	return words[index % words.length] ?? '';
}
