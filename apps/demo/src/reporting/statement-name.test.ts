import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FileNameSchema } from './commands.ts';
import { namesOf, namesOfEarlier } from './statement-name.ts';

const commandId = randomUUID();
const first = { commandId, generation: 1, attempt: 1 };
const second = { commandId, generation: 1, attempt: 2 };
const retried = { commandId, generation: 2, attempt: 1 };

describe('the names of a statement', () => {
	it('are names of ours, and the same for the same attempt', () => {
		for (const name of namesOf(first)) expect(FileNameSchema.parse(name)).toBe(name);

		expect(namesOf({ ...first })).toEqual(namesOf(first));
		expect(namesOf(second)).not.toEqual(namesOf(first));
	});

	it('of earlier attempts are those of the same command, an earlier attempt or an earlier generation', () => {
		const other = { ...first, commandId: randomUUID() };
		const present = [first, second, retried, other].flatMap(namesOf);

		expect(namesOfEarlier(present, first)).toEqual([]);
		expect(namesOfEarlier(present, second)).toEqual(namesOf(first));
		expect(namesOfEarlier(present, retried)).toEqual([...namesOf(first), ...namesOf(second)]);
	});
});
