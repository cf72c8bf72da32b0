/** Numbers of things as people read them. */
const format = new Intl.NumberFormat('en-US');

/** `12,345`. */
export function countText(count: number): string {
	return format.format(count);
}

/** `1 command`, `12,345 commands`. */
export function counted(count: number, noun: string): string {
	const plural = noun.endsWith('s') ? `${noun}es` : `${noun}s`;
	return `${countText(count)} ${count === 1 ? noun : plural}`;
}
