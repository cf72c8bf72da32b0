/** What the senders send: a command that only answers, one that writes business rows, one that goes wrong now and then, and the steps of a process. */
import { defineCommand } from '@cb/core';
import { z } from 'zod';

export const domain = 'chaos';
export const replyQueue = 'chaos__replies';
export const completionQueue = 'chaos_batches';

/** Short, so that what a dead or sleeping worker had comes back while the run can still see it. */
export const leaseSeconds = 2;

const DataSchema = z.object({ number: z.int() });

/** Says which call of a handler made the result; an operator who completes a command says so instead. */
const ResultSchema = z.object({ token: z.string() });
export type Result = z.output<typeof ResultSchema>;

export const maxAttempts = 4;

const retry = { maxAttempts, backoff: { kind: 'fixed', delaysSeconds: [0.1, 0.3] } } as const;

function define(type: string) {
	return defineCommand({ domain, type, data: DataSchema, result: ResultSchema, retry });
}

/** Does nothing but answer. */
export const Look = define('Look');
/** Writes one business row in the transaction that completes it. */
export const Book = define('Book');
/** Takes until it is told to stop. No sender sends it; it is for looking at one handler closely. */
export const Linger = define('Linger');
/** As Book, but fails transiently, permanently or by a business rule. */
export const Risk = define('Risk');

export const Reserve = define('Reserve');
export const Charge = define('Charge');
export const Ship = define('Ship');
export const Notify = define('Notify');
export const Release = define('Release');
export const Refund = define('Refund');
export const Recall = define('Recall');

export const definitions = [Look, Linger, Book, Risk, Reserve, Charge, Ship, Notify, Release, Refund, Recall];

/** Of a hundred attempts, how many end how; the others succeed. */
export interface Odds {
	readonly permanent: number;
	readonly businessRule: number;
	readonly transient: number;
}

const smooth: Odds = { permanent: 0, businessRule: 0, transient: 1 };
const bumpy: Odds = { permanent: 6, businessRule: 3, transient: 5 };
const rough: Odds = { permanent: 15, businessRule: 5, transient: 25 };

export function oddsOf(commandType: string): Odds {
	if (commandType === Risk.type) return rough;
	if ([Look.type, Book.type].includes(commandType)) return smooth;
	return bumpy;
}
