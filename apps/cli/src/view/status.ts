/** Statuses as tables show them: the same words everywhere, only the longest one shortened, and colours that mean something. */
import type { CommandStatus } from '@cb/core';
import type { Screen } from '../output.ts';

export function commandStatusText(status: CommandStatus): string {
	return status === 'IN_TROUBLESHOOTING_QUEUE' ? 'IN_TSQ' : status;
}

type Tone = 'green' | 'red' | 'yellow' | 'magenta';

/** Green went well, red went wrong, yellow waits for a person, magenta was taken back; cyan is everything on its way. */
const tones = new Map<string, Tone>([
	...withTone('green', ['COMPLETED', 'SUCCEEDED', 'DONE', 'ok']),
	...withTone('red', ['FAILED', 'COMPLETED_WITH_FAILURES', 'critical']),
	...withTone('yellow', [
		'IN_TROUBLESHOOTING_QUEUE',
		'WAITING_FOR_TSQ',
		'PARKED',
		'PAUSED',
		'PREVIEWED',
		'SKIPPED',
		'warning',
	]),
	...withTone('magenta', ['CANCELED', 'COMPENSATED']),
]);

export function statusPaint({ colors }: Screen, status: string): (text: string) => string {
	return colors[tones.get(status) ?? 'cyan'];
}

function withTone(tone: Tone, statuses: readonly string[]): readonly (readonly [string, Tone])[] {
	return statuses.map((status) => [status, tone]);
}
