import { describe, expect, it } from 'vitest';
import {
	BusinessRuleError,
	ChunkRefusedError,
	CommandBusError,
	CommandNotFoundError,
	ConflictError,
	DomainNotFoundError,
	DuplicateCommandError,
	InvalidArgumentError,
	PayloadTooLargeError,
	PermanentCommandError,
	ReplyQueueNotFoundError,
	StoreError,
	TransientCommandError,
	isCommandBusError,
	isVerdict,
} from './errors.ts';

const duplicate = new DuplicateCommandError('payments', 'c-1');

describe('an error of this library', () => {
	it('is recognised by its code', () => {
		expect(isCommandBusError(duplicate)).toBe(true);
		expect(isCommandBusError(duplicate, 'duplicate-command')).toBe(true);
		expect(isCommandBusError(duplicate, 'command-not-found')).toBe(false);
	});

	it.each([new RangeError('no'), undefined, null, 'duplicate-command', { code: 'duplicate-command' }])(
		'is not %j',
		(value) => {
			expect(isCommandBusError(value)).toBe(false);
		},
	);

	it('is recognised across copies of the package', () => {
		const ofAnotherCopy = Object.assign(new Error('from elsewhere'), {
			code: 'duplicate-command',
			[Symbol.for('@cb/error')]: true,
		});

		expect(ofAnotherCopy).not.toBeInstanceOf(CommandBusError);
		expect(isCommandBusError(ofAnotherCopy, 'duplicate-command')).toBe(true);
	});

	it('keeps its name and its cause', () => {
		const cause = new RangeError('below');

		const error = new InvalidArgumentError('limit is wrong', [{ path: 'limit', message: 'too low' }], { cause });

		expect(error).toMatchObject({ name: 'InvalidArgumentError', cause, issues: [{ path: 'limit' }] });
	});

	it.each([
		[new DomainNotFoundError('payments'), ['"payments"', 'cb domain create payments']],
		[new ReplyQueueNotFoundError('web', 'Nothing was sent'), ['"web"', 'Nothing was sent', 'createReplyQueue']],
		[new CommandNotFoundError('payments', 'c-1'), ['c-1', '"payments"']],
		[duplicate, ['c-1', '"payments"', 'return-existing']],
		[new PayloadTooLargeError('The payload', 2_000, 1_000), ['2000', '1000']],
	])('%s says what was attempted, with which id, and what to do', (error, parts) => {
		for (const part of parts) expect(error.message).toContain(part);
	});

	it('A15 tells which chunk and which command sendMany stopped at', () => {
		const facts = { chunkIndex: 1, commandIndex: 503, commandId: 'c-1', storedCount: 500 };

		const error = new ChunkRefusedError(facts, duplicate);

		expect(error).toMatchObject({ ...facts, code: 'chunk-refused', cause: duplicate });
		expect(error.message).toContain(duplicate.message);
	});

	it('M8 names the status and the last act in a conflict', () => {
		const lastAct = { action: 'cancel', operator: { id: 'ada' }, reason: 'obsolete', at: new Date(0) } as const;

		const conflict = new ConflictError('too late', 'CANCELED', lastAct);

		expect(conflict).toMatchObject({ status: 'CANCELED', lastAct });
	});

	it('says of a store whether the same call may succeed later', () => {
		const error = new StoreError('gone', { reason: 'connection', isRetryable: true });

		expect(error).toMatchObject({ code: 'store', reason: 'connection', isRetryable: true });
	});
});

describe('a verdict of a handler', () => {
	it.each([
		[new TransientCommandError('BUSY', 'later'), 'TRANSIENT'],
		[new PermanentCommandError('CLOSED', 'never'), 'PERMANENT'],
		[new BusinessRuleError('POOR', 'no', { missing: 3 }), 'BUSINESS_RULE'],
	])('%s carries its author’s code', (error, verdict) => {
		expect(error).toMatchObject({ verdict, code: error.code });
		expect(isVerdict(error)).toBe(true);
		expect(isCommandBusError(error)).toBe(true);
	});

	it('is never taken for an error of this library with the same code', () => {
		const verdict = new PermanentCommandError('duplicate-command', 'a code of my own');

		expect(isCommandBusError(verdict, 'duplicate-command')).toBe(false);
		expect(isVerdict(duplicate)).toBe(false);
	});
});
