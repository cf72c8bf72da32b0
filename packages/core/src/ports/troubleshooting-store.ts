/** Parked commands, and what an operator does to them. */
import type { CommandAddress } from '../model/ids.ts';
import type { CommandStatus } from '../model/command-status.ts';
import type { JsonValue } from '../model/json.ts';
import type { Amendment, Operator, OperatorAct } from '../model/operator.ts';
import type { Page, PageRequest } from '../model/page.ts';
import type {
	CommandGeneration,
	TroubleshootingFilter,
	TroubleshootingGroup,
	TroubleshootingItem,
} from '../model/troubleshooting-item.ts';
import type { BulkAction, BulkItem, BulkItemStatus, BulkRecord } from '../model/bulk.ts';

/** One act on one parked command. */
export type OperatorRequest = CommandAddress & {
	readonly operator: Operator;
	/** Required for cancel. */
	readonly reason?: string | undefined;
	/** The act happens only while the command is at this version. */
	readonly expectedVersion?: number | undefined;
	/** A repeat with the same id returns the first result and changes nothing. */
	readonly requestId?: string | undefined;
} & (
		| {
				readonly action: 'retry';
				readonly keepAttempts?: boolean | undefined;
				readonly amendment?: Amendment | undefined;
		  }
		| { readonly action: 'cancel'; readonly suppressReply?: boolean | undefined }
		| { readonly action: 'complete'; readonly result: JsonValue; readonly suppressReply?: boolean | undefined }
	);

export type ActOutcome =
	| {
			readonly kind: 'done';
			readonly status: CommandStatus;
			readonly version: number;
			readonly generation: number;
			/** Of the message that a retry sent. */
			readonly messageId: string | null;
			/** The batch that the act may have finished (see `BatchStore.finish`); null without one, and after a retry. */
			readonly batchId?: string | null | undefined;
			/** True when `requestId` was seen before: this is the first result, nothing changed now. */
			readonly isRepeated: boolean;
	  }
	| { readonly kind: 'not-found' }
	| { readonly kind: 'not-parked'; readonly status: CommandStatus; readonly lastAct: OperatorAct | undefined }
	| {
			readonly kind: 'version-conflict';
			readonly status: CommandStatus;
			readonly version: number;
			readonly lastAct: OperatorAct | undefined;
	  }
	| { readonly kind: 'payload-missing' }
	| { readonly kind: 'reply-queue-not-found'; readonly replyTo: string };

export type StartBulkOutcome =
	| { readonly kind: 'started'; readonly bulk: BulkRecord }
	| { readonly kind: 'not-found' }
	| { readonly kind: 'wrong-digest' }
	| { readonly kind: 'not-previewed'; readonly bulk: BulkRecord };

export type BulkMove = 'pause' | 'resume' | 'cancel';

export interface FrozenBulk {
	readonly bulkId: string;
	readonly operator: Operator;
	readonly action: BulkAction;
	readonly filter: TroubleshootingFilter;
}

export interface TroubleshootingStore<Tx> {
	/** Newest parked first, ties by address. Plans read an index of the parked commands only. */
	list(filter: TroubleshootingFilter, page: PageRequest): Promise<Page<TroubleshootingItem>>;
	count(filter: TroubleshootingFilter): Promise<number>;
	/** Newest `lastParkedAt` first. */
	groups(filter: TroubleshootingFilter): Promise<readonly TroubleshootingGroup[]>;
	/** Domains with at least one parked command, sorted. */
	domains(): Promise<readonly string[]>;
	/** `undefined` unless it is parked now. */
	get(address: CommandAddress): Promise<TroubleshootingItem | undefined>;
	/** Every message of the command that is still there, newest generation first. */
	generations(address: CommandAddress): Promise<readonly CommandGeneration[]>;

	/**
	 * One conditional transaction: status, message, audit, reply, notice and batch effect together, or nothing. Of several concurrent acts
	 * on one command exactly one is `done`. A `requestId` remembers what was `done`, never a refusal. A version that is not the expected one is
	 * `version-conflict`, also where the command is no longer parked.
	 */
	act(request: OperatorRequest, tx?: Tx): Promise<ActOutcome>;

	/** Stores the ids and versions of everything that matches now, and the digest over them. Nothing is done to the items. */
	freezeBulk(bulk: FrozenBulk): Promise<BulkRecord>;
	/** The same over the items of another bulk that ended FAILED or SKIPPED and are still parked, at their version of now. */
	freezeBulkOfUnsettled(bulk: FrozenBulk, sourceBulkId: string): Promise<BulkRecord>;
	startBulk(bulkId: string, digest: string): Promise<StartBulkOutcome>;
	/** PREVIEWED, RUNNING and PAUSED may be canceled; the rest of the items ends CANCELED. `not-allowed` changed nothing. */
	moveBulk(
		bulkId: string,
		move: BulkMove,
	): Promise<{ readonly kind: 'moved' | 'not-allowed'; readonly bulk: BulkRecord } | { readonly kind: 'not-found' }>;
	/**
	 * Settles up to `limit` waiting items of one running bulk (of `bulkId`, or the oldest): the act and the item's result in one transaction.
	 * Two workers never settle one item. `undefined` when no bulk has anything left to do.
	 */
	workBulk(limit: number, bulkId?: string): Promise<BulkRecord | undefined>;
	getBulk(bulkId: string): Promise<BulkRecord | undefined>;
	/** Newest first. */
	listBulks(page: PageRequest): Promise<Page<BulkRecord>>;
	/** In order of position. */
	bulkItems(bulkId: string, status: BulkItemStatus | undefined, page: PageRequest): Promise<Page<BulkItem>>;
}
