/** What a child is told when it is started. */
import { z } from 'zod';

export type Role = 'sender' | 'worker' | 'router' | 'operator';

export const ChildSettingsSchema = z.strictObject({
	/** As `createPgBackend` takes it. */
	connection: z.union([z.string(), z.record(z.string(), z.unknown())]),
	/** Where LISTEN connects, when that is somewhere else. */
	listen: z.string().optional(),
	name: z.string(),
	ledger: z.string(),
	seed: z.number(),
	/** Of a sender: sends per second. */
	rate: z.number().default(100),
	/** Of an operator process: how many operators it is. */
	actors: z.int().default(2),
	/** Of an operator process: whether somebody of it acts in bulk, too. */
	actsInBulk: z.boolean().default(true),
	/** How wrong the clock of the process is. */
	clock: z.enum(['right', 'an-hour-off', 'jumping']).default('right'),
	/** A defect that the process shall have, to prove that it is found (src/mutations). */
	defect: z.string().optional(),
});

/** As it is written. */
export type ChildSettings = z.input<typeof ChildSettingsSchema>;
/** As it is read. */
export type ParsedChildSettings = z.output<typeof ChildSettingsSchema>;

/** What a child says about itself when it is asked. */
export const ChildHealthSchema = z.object({
	kind: z.literal('health'),
	isHealthy: z.boolean(),
	/** Why not, or what it does. */
	says: z.string(),
});
export type ChildHealth = z.output<typeof ChildHealthSchema>;

/** What a child that was told to stop is stopping now. */
export const ChildStoppingSchema = z.object({ kind: z.literal('stopping'), part: z.string() });
export type ChildStopping = z.output<typeof ChildStoppingSchema>;

export const OrderSchema = z.object({ kind: z.enum(['health', 'stop']) });
export type Order = z.output<typeof OrderSchema>;
