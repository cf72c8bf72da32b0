/** Processor time of other processes of this machine, where the system shows it (`/proc`); otherwise not a number. */
import { readFileSync } from 'node:fs';

const ticksPerSecond = 100;

/** In user and in system mode together, since they were started; of a process that has ended, nothing. */
export function processorSeconds(processIds: readonly number[]): number {
	if (process.platform !== 'linux') return Number.NaN;
	return processIds.reduce((sum, id) => sum + ticksOf(id), 0) / ticksPerSecond;
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
