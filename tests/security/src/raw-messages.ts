/** What anybody who reaches a queue may put there: texts of JSON, also such as no program of ours would write. */
import fc from 'fast-check';
import { hostileText } from './hostile.ts';

/** `jsonb` itself refuses these; nothing that holds them can lie on a queue. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\u0000', '');

const jsonText = fc.oneof(
	fc.json({ maxDepth: 3, stringUnit: 'grapheme' }),
	hostileText.map((text) => JSON.stringify(storable(text))),
	fc.constantFrom(
		'null',
		'true',
		'-1',
		'0',
		'1',
		'7',
		'2147483648',
		'1099511627776',
		'9007199254740993',
		'1e400',
		'-1e400',
		'1.5',
		'1e-400',
	),
	fc.constantFrom(
		'{}',
		'[]',
		'[null]',
		'{"__proto__": {"a": 1}}',
		'{"toString": 1}',
		`${'['.repeat(500)}${']'.repeat(500)}`,
	),
);

type TextByField = Readonly<Record<string, readonly string[]>>;

/** An object that has some of the fields, each with one of its right values or with anything. */
function messageLike(fields: TextByField): fc.Arbitrary<string> {
	const parts = Object.entries(fields).map(([field, right]) =>
		fc
			.option(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...right) }, { weight: 1, arbitrary: jsonText }), {
				freq: 8,
			})
			.map((value) => (value === null ? [] : [`${JSON.stringify(field)}: ${value}`])),
	);
	return fc.tuple(...parts).map((said) => `{${said.flat().join(', ')}}`);
}

const quoted = (values: readonly string[]): readonly string[] => values.map((value) => JSON.stringify(value));

const headers = fc.option(
	fc.oneof(
		jsonText,
		messageLike({
			cb_lease: ['{"worker": "w", "at": "2026-01-01T00:00:00Z"}'],
			cb_deferrals: ['1', '999'],
			cb_unanswered: ['true', '"perhaps"'],
			traceparent: ['"00-0-0-00"'],
		}),
	),
	{ nil: 'null' },
);

export interface RawMessage {
	readonly message: string;
	readonly headers: string;
}

/** Messages that look like commands, more or less; `commandIds` are of commands that have messages of their own. */
export function rawCommands(domain: string, commandIds: readonly string[]): fc.Arbitrary<readonly RawMessage[]> {
	const message = messageLike({
		command_id: [...quoted(commandIds), '"0190b8d0-0000-7000-8000-000000000000"'],
		domain: quoted([domain, 'elsewhere']),
		command_type: ['"Anything"', '"constructor"'],
		correlation_id: quoted(commandIds),
		created_at: ['"2026-01-01T00:00:00Z"'],
		reply_to: ['"payments__replies"', '"nowhere"'],
		data: ['{}'],
	});
	return fc.array(fc.record({ message: fc.oneof(message, jsonText), headers }), { minLength: 1, maxLength: 30 });
}

/** Messages that look like replies and notices; none can be the answer of a command, whose id it would have to know. */
export function rawAnswers(domain: string, processIds: readonly string[]): fc.Arbitrary<readonly RawMessage[]> {
	const answer = {
		command_id: ['"0190b8d0-0000-7000-8000-000000000001"'],
		command_type: ['"Anything"'],
		domain: quoted([domain, 'elsewhere']),
		correlation_id: [...quoted(processIds), '"0190b8d0-0000-7000-8000-000000000002"'],
		generation: ['1', '0', '1099511627776'],
		error: [
			'null',
			'{"code": "X", "message": "x"}',
			'{"type": "PERMANENT", "code": "X", "message": "x", "details": {"a": 1}}',
		],
	};
	const id = ['"0190b8d0-0000-7000-8000-000000000003"'];
	const reply = messageLike({
		...{ ...answer, kind: ['"reply"'], reply_id: id, outcome: quoted(['SUCCESS', 'FAILED', 'CANCELED']) },
		...{ data: ['null', '{"__proto__": 1}'], completed_at: ['"2026-01-01T00:00:00Z"', '"never"'] },
	});
	const notice = messageLike({
		...answer,
		kind: quoted(['parked', 'resumed']),
		notice_id: id,
		occurred_at: ['"2026-01-01T00:00:00Z"'],
	});
	return fc.array(fc.record({ message: fc.oneof(reply, reply, notice, jsonText), headers }), {
		minLength: 1,
		maxLength: 30,
	});
}
