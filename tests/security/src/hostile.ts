/** Input that nobody means well with: text, names, ids, cursors, numbers, moments and payloads. */
import fc from 'fast-check';

const awkward = [
	...[
		'',
		' ',
		'\n',
		'\t',
		'.',
		'..',
		'-',
		'_',
		'%',
		'%00',
		'%ff',
		'*',
		'?',
		'\\',
		"'",
		'"',
		'`',
		'$1',
		'$$',
		'$body$',
		'{}',
		'[]',
		'null',
	],
	...[
		'undefined',
		'NaN',
		'true',
		'0',
		'-0',
		'1e400',
		'9223372036854775808',
		'__proto__',
		'constructor',
		'toString',
		'hasOwnProperty',
	],
	...[
		"'; drop schema cb cascade; --",
		'"; drop table cb.command; --',
		"x' or '1'='1",
		'\\x00',
		'payments\u0000',
		'payments\n',
		'payments ',
	],
	...[
		'../../../etc/passwd',
		'<script>alert(1)</script>',
		'\u001b[2J',
		'\u202e',
		'\ufeff',
		'\u2028',
		'ﬀ',
		'İ',
		'ı',
		'💥',
		'a\u0301',
	],
	...[
		'\u0000',
		'\ud800',
		'\udfff',
		'a\ud800b',
		'x'.repeat(32),
		'x'.repeat(48),
		'x'.repeat(129),
		'x'.repeat(201),
		'x'.repeat(10_000),
	],
];

const loneSurrogates = fc.string({
	unit: fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit)),
	maxLength: 5,
});

export const hostileText = fc.oneof(
	fc.constantFrom(...awkward),
	fc.string({ unit: 'binary', maxLength: 60 }),
	fc.string({ unit: 'grapheme', maxLength: 60 }),
	loneSurrogates,
);

/** Names that are right, nearly right and wrong. */
export const name = fc.oneof(
	hostileText,
	fc.stringMatching(/^[a-z][a-z0-9_]{0,40}$/),
	fc.stringMatching(/^[A-Za-z0-9_.:-]{1,60}$/),
);

export const id = fc.oneof(
	hostileText,
	fc.uuid(),
	fc.uuid().map((text) => text.toUpperCase()),
	fc.uuid().map((text) => `{${text}}`),
	fc.uuid().map((text) => text.replaceAll('-', '')),
	fc.uuid().map((text) => `${text}\n`),
	fc.constant('00000000-0000-0000-0000-000000000000'),
);

const encode = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url');

const keyPart = fc.oneof(
	hostileText,
	fc.double(),
	fc.uuid(),
	fc.constantFrom(
		'payments',
		'2026-01-31 12:00:00+00',
		'9999999-99-99 99:99:99+99',
		'0000-00-00 00:00:00+00',
		'294277-01-01 00:00:00+00',
	),
	fc.constantFrom(
		'2026-02-30 12:00:00.123456+00',
		'2026-01-31 25:00:00+00',
		'2026-01-31 12:00:00+99:99:99',
		'9223372036854775808',
		'999999999',
	),
);

/** Nonsense, and keys of every length: also those that look as if a page had returned them. */
export const cursor = fc.oneof(
	hostileText,
	fc.array(keyPart, { maxLength: 4 }).map(encode),
	fc.tuple(keyPart, fc.constant('payments'), fc.uuid()).map(encode),
	fc.tuple(keyPart, fc.uuid()).map(encode),
	fc.tuple(keyPart).map(encode),
	fc.anything({ maxDepth: 2 }).map((value) => Buffer.from(fc.stringify(value)).toString('base64url')),
);

export const number = fc.oneof(
	fc.integer({ min: -3, max: 1_001 }),
	fc.double(),
	fc.constantFrom(-0, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 1e308, 5e-324, Number.NaN, Number.POSITIVE_INFINITY, 0.5),
);

export const moment = fc.oneof(
	fc.date({ noInvalidDate: false }),
	fc.constantFrom(
		new Date(8.64e15),
		new Date(-8.64e15),
		new Date(Number.NaN),
		new Date(0),
		new Date('-004713-01-01T00:00:00Z'),
	),
);

const json = fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 });

/** Objects whose keys mean something elsewhere. */
const namedLikeOurs = fc
	.array(
		fc.tuple(
			fc.oneof(
				fc.constantFrom('__proto__', 'constructor', 'toJSON', 'command_id', 'cb_lease', 'data', 'then'),
				hostileText,
			),
			json,
		),
		{
			maxLength: 5,
		},
	)
	.map((entries) => Object.fromEntries(entries));

function nested(levels: number): unknown {
	let value: unknown = 1;
	for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { inner: value };
	return value;
}

function cycle(): unknown {
	const value: { self?: unknown } = {};
	value.self = [value];
	return value;
}

class Money {
	readonly cents = 1;
}

/** Values that JSON.stringify would change without a word. */
const deceptive = fc.constantFrom<() => unknown>(
	cycle,
	() => new Date(),
	() => new Money(),
	() => ({ at: undefined }),
	() => [undefined],
	() => ({ call: () => 1 }),
	() => ({ big: 2n ** 64n }),
	() => ({ [Symbol('hidden')]: 1, shown: 1 }),
	() => Object.assign([1, 2], { extra: 3 }),
	() => Object.defineProperty({ a: 1 }, 'toJSON', { value: () => 'other', enumerable: false }),
	() => Object.defineProperty([1], 'toJSON', { value: () => 'other', enumerable: false }),
	() => new Array<unknown>(3),
	() => new Proxy({ a: 1 }, {}),
	() => Object.create({ inherited: 1 }),
);

export const payload: fc.Arbitrary<unknown> = fc.oneof(
	{ weight: 4, arbitrary: json },
	{ weight: 3, arbitrary: namedLikeOurs },
	{
		weight: 4,
		arbitrary: fc.anything({
			...{
				maxDepth: 3,
				stringUnit: 'binary',
				withBigInt: true,
				withBoxedValues: true,
				withDate: true,
				withMap: true,
				withSet: true,
			},
			...{ withNullPrototype: true, withObjectString: true, withSparseArray: true, withTypedArray: true },
		}),
	},
	{ weight: 2, arbitrary: deceptive.map((make) => make()) },
	{ weight: 2, arbitrary: hostileText },
	{ weight: 2, arbitrary: fc.oneof(number, fc.maxSafeInteger(), fc.bigInt().map(Number)) },
	{ weight: 1, arbitrary: fc.integer({ min: 190, max: 210 }).map(nested) },
	{ weight: 1, arbitrary: fc.constantFrom(20_000, 300_000).map((length) => 'x'.repeat(length)) },
);
