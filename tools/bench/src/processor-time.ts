/** Processor time of other processes, and what other machines took of it, where the system shows it (`/proc`); otherwise not a number. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const ticksPerSecond = 100;

/** Per group of processes, what share of one core they use while the time passes, in percent. What ends meanwhile counts nothing. */
export async function processorShares(
	groups: readonly (readonly number[])[],
	windowMs: number,
): Promise<readonly number[]> {
	const before = groups.map((ids) => ids.map(ticksOf));
	await sleep(windowMs);
	return groups.map((ids, group) => {
		if (process.platform !== 'linux') return Number.NaN;
		const ticks = ids.map((id, index) => Math.max(0, ticksOf(id) - (before[group]?.[index] ?? 0)));
		return ((ticks.reduce((sum, one) => sum + one, 0) / ticksPerSecond) * 100_000) / windowMs;
	});
}

/** Fields 14 and 15 of proc_pid_stat(5), counted from the end of the program's name, which may hold anything. */
function ticksOf(processId: number): number {
	try {
		const text = readFileSync(`/proc/${String(processId)}/stat`, 'utf8');
		const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
		return Number(fields[11]) + Number(fields[12]);
	} catch {
		return 0;
	}
}

/**
 * Starts to measure what a virtual machine is not given although it has work to do, because its host is busy with others. Returns what asks for the
 * share since then, in percent of all that its cores could have done.
 */
export function meterSteal(): () => number {
	const before = machineTicks();
	return () => {
		const passed = machineTicks().map((ticks, index) => ticks - (before[index] ?? 0));
		return ((passed[stealField] ?? Number.NaN) * 100) / passed.reduce((sum, ticks) => sum + ticks, 0);
	};
}

const stealField = 7;

/** The first line of /proc/stat, proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already. */
function machineTicks(): readonly number[] {
	if (process.platform !== 'linux') return [];
	const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
	return line.trim().split(/\s+/u).slice(1, 9).map(Number);
}
