/** `npm run chaos -- --mutations`: makes every defect, one after the other, and says which check found it. */
import { prepareTemplate } from '../chaos-database.ts';
import { openServer } from '../chaos-server.ts';
import { mutations } from './index.ts';
import { runMutation } from './run-mutation.ts';

/** Resolves with whether all were found. */
export async function runMutations(say: (line: string) => void): Promise<boolean> {
	const server = await openServer();
	try {
		const template = await prepareTemplate(server.url);
		let missed = 0;
		for (const mutation of mutations) {
			const { isCaught, violations } = await runMutation({ server, template }, mutation);
			if (!isCaught) missed++;
			say(`${isCaught ? 'found ' : 'MISSED'} ${mutation.name}`);
			for (const { name, damage, count } of violations) say(`         ${damage}, ${count}: ${name}`);
		}
		say(`${mutations.length - missed} of ${mutations.length} defects were found`);
		return missed === 0;
	} finally {
		await server.close();
	}
}
