/** The processes of a run: hired by role, replaced after a kill, and all dismissed in the end. */
import { ScenarioError } from './scenario-error.ts';
import { startRole } from './role-process.ts';
import type { RoleProcess } from './role-process.ts';
import { stopWithinMs } from './settings.ts';

export interface Crew {
	hire(role: string): Promise<RoleProcess>;
	/** Kills the longest serving one with SIGKILL. */
	kill(role: string): Promise<RoleProcess>;
	/** Lets everybody drain; says who did not. Harmless when repeated. */
	dismiss(): Promise<readonly string[]>;
}

export function createCrew(environment: NodeJS.ProcessEnv): Crew {
	const members: RoleProcess[] = [];
	return {
		async hire(role) {
			const member = await startRole(role, environment);
			members.push(member);
			return member;
		},
		async kill(role) {
			const index = members.findIndex((member) => member.role === role);
			const [victim] = index < 0 ? [] : members.splice(index, 1);
			if (victim === undefined) throw new ScenarioError(`There is no ${role} process to kill.`);
			await victim.kill();
			return victim;
		},
		async dismiss() {
			const reports = await Promise.all(
				members.splice(0).map(async (member) => ({ member, isClean: await member.stop(stopWithinMs) })),
			);
			return reports.flatMap(({ member, isClean }) =>
				isClean ? [] : [`${member.role} ${String(member.pid)} did not stop by itself when asked to.`],
			);
		},
	};
}
