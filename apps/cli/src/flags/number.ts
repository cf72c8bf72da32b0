import { InvalidArgumentError } from 'commander';

export interface NumberRange {
	readonly from: number;
	readonly to: number;
}

/** A parser for whole numbers in a range. */
export function wholeNumber({ from, to }: NumberRange): (text: string) => number {
	return (text) => {
		const number = /^\d+$/u.test(text) ? Number(text) : Number.NaN;
		if (number >= from && number <= to) return number;
		throw new InvalidArgumentError(`It must be a whole number from ${String(from)} to ${String(to)}.`);
	};
}

/** A parser for spans of time: seconds (`90`), or with a unit (`90s`, `15m`, `2h`, `7d`). */
export function spanInSeconds(text: string): number {
	const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)([smhd]?)$/u.exec(text) ?? [];
	if (amount === undefined) throw new InvalidArgumentError('It must be a span such as 90, 90s, 15m, 2h or 7d.');
	return Number(amount) * (secondsPerUnit.get(unit) ?? 1);
}

const secondsPerUnit = new Map([
	['s', 1],
	['m', 60],
	['h', 3_600],
	['d', 86_400],
]);
