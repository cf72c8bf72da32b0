import { InvalidArgumentError } from 'commander';

/** A parser for one of several words, in any case, with `-` for `_`; `aliases` are shorter words for the same. */
export function oneOf<Word extends string>(
	words: readonly Word[],
	aliases: Readonly<Record<string, Word>> = {},
): (text: string) => Word {
	const known = new Map([...words.map((word) => [folded(word), word] as const), ...Object.entries(aliases)]);
	return (text) => {
		const word = known.get(folded(text));
		if (word !== undefined) return word;
		throw new InvalidArgumentError(`It must be one of ${words.join(', ')}.`);
	};
}

function folded(text: string): string {
	return text.toLowerCase().replaceAll('-', '_');
}
