/** Twenty operators at the same parked commands: each takes one at a time and asks for what he likes, four of them also act in bulk, and workers run. */
import type { ChaosContext, Scenario } from '../scenario.ts';
import { untilAborted } from '../waiting.ts';

export const operators: Scenario = {
	name: 'operators',
	fault: '20 operators act on the same parked commands, singly and in bulk, while workers run',
	lines: ['M1', 'J8', 'M4', 'M7', 'M8'],
	open: () => ({ inject }),
};

const processCount = 4;
const operatorsPerProcess = 5;

async function inject({ signal, crew, count }: ChaosContext): Promise<void> {
	const shift = Array.from({ length: processCount }, () => crew.add('operator', { actors: operatorsPerProcess }));
	await crew.ready();
	for (let operator = 0; operator < processCount * operatorsPerProcess; operator++) count();
	await untilAborted(signal);
	await Promise.all(shift.map((child) => crew.dismiss(child)));
}
