/** Command lines that nobody means well with: every command there is, with its arguments and flags right in places and hostile in others. */
import fc from 'fast-check';
import type { createProgram } from '../../../apps/cli/src/program.ts';
import * as hostile from './hostile.ts';

type Command = ReturnType<typeof createProgram>;
type Argument = Command['registeredArguments'][number];
type Option = Command['options'][number];

/** Words that are right, by the name of an argument or flag. */
export type RightWords = Readonly<Record<string, readonly string[]>>;

/** They run until somebody ends them, or write and load files of the given name. */
const leftOut = new Set(['--watch', '--export', '--definitions', '--help', '--wait']);

/** What a command gets that would not end without, or not soon. */
const always: Readonly<Record<string, readonly string[]>> = { top: ['--once', '--interval', '0.2'] };

/** An hour between two looks is right, and nothing to wait for. */
const isSoon = (word: string): boolean => !(Number(word) > 0.2);

export function linesFor(program: Command, right: RightWords): fc.Arbitrary<readonly string[]> {
	const lines = leavesOf(program, []).map(({ command, path }) => lineOf(command, path, right));
	return fc.oneof(...lines, fc.array(anyWord, { maxLength: 5 }));
}

interface Leaf {
	readonly command: Command;
	readonly path: readonly string[];
}

function leavesOf(command: Command, path: readonly string[]): readonly Leaf[] {
	if (command.commands.length === 0) return [{ command, path }];
	return command.commands.flatMap((inner) => leavesOf(inner, [...path, inner.name()]));
}

function lineOf(command: Command, path: readonly string[], right: RightWords): fc.Arbitrary<readonly string[]> {
	const given = command.registeredArguments.map((argument) => wordsOf(argument, right));
	const flags = command.options
		.filter(({ long }) => long !== undefined && !leftOut.has(long))
		.map((option) => fc.option(flagWords(option, right), { nil: [], freq: 2 }));
	return fc
		.tuple(fc.tuple(...given), fc.tuple(...flags), fc.array(anyWord, { maxLength: 1 }), fc.boolean())
		.map(([words, said, stray, isStray]) => [
			...path,
			...(always[path.join(' ')] ?? []),
			...said.flat(),
			...words.flat(),
			...(isStray ? stray : []),
			'--json',
		]);
}

function wordsOf(argument: Argument, right: RightWords): fc.Arbitrary<readonly string[]> {
	const word = wordFor(argument.name(), right);
	if (argument.variadic) return fc.array(word, { minLength: 1, maxLength: 3 });
	return argument.required ? fc.tuple(word) : fc.array(word, { maxLength: 1 });
}

function flagWords(option: Option, right: RightWords): fc.Arbitrary<readonly string[]> {
	const long = option.long ?? '';
	if (!option.required && !option.optional) return fc.constant([long]);
	const word = wordFor(option.attributeName(), right);
	return (long === '--interval' ? word.filter(isSoon) : word).map((value) => [long, value]);
}

const anyWord: fc.Arbitrary<string> = fc
	.oneof(
		hostile.hostileText,
		hostile.id,
		hostile.name,
		hostile.cursor,
		hostile.number.map(String),
		fc.json(),
		fc.constantFrom(
			'--',
			'-',
			'--json',
			'--no-color',
			'@/nonexistent',
			'@',
			'12h',
			'1e9d',
			'2026-01-31',
			'--constructor',
		),
	)
	// `@` names a file, which is read, and `-` is standard input.
	.map((word) => (word.startsWith('@') ? '@/nonexistent' : word));

function wordFor(name: string, right: RightWords): fc.Arbitrary<string> {
	const values = right[name] ?? [];
	return values.length === 0 ? anyWord : fc.oneof({ arbitrary: fc.constantFrom(...values), weight: 3 }, anyWord);
}
