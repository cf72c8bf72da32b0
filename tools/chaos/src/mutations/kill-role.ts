/** SIGKILL of everybody of one role, every second: for defects that show only when somebody dies between two things. */
import type { Role } from '../children/settings.ts';
import type { Scenario } from '../scenario.ts';
import { repeatedly } from '../waiting.ts';

export function killEvery(role: Role): Scenario {
	return {
		name: `kill-every-${role}`,
		fault: `every ${role} is killed every second`,
		lines: [],
		open: () => ({
			async inject({ signal, crew, count }) {
				await repeatedly({ signal, intervalMs: 1_000 }, async () => {
					for (const victim of crew.members(role)) {
						await crew.replace(victim);
						count();
					}
					await crew.ready();
				});
			},
		}),
	};
}
