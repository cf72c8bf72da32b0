import { InvalidArgumentError, Option } from 'commander';

export interface WatchFlags {
	readonly watch?: number | undefined;
}

const defaultSeconds = 2;

/** `--watch` or `--watch 5`: the seconds between two looks. */
export function watchFlag(): Option {
	return new Option('--watch [seconds]', `redraw every so many seconds (${String(defaultSeconds)}) until Ctrl-C`)
		.preset(String(defaultSeconds))
		.argParser(secondsBetweenLooks);
}

export function secondsBetweenLooks(text: string): number {
	const seconds = Number(text);
	if (seconds >= 0.2 && seconds <= 3_600) return seconds;
	throw new InvalidArgumentError('It must be a number of seconds from 0.2 to 3600.');
}
