/** `@cb/process/testing`: definitions under test, without a database. Every public name is listed here, one by one. */
export { given } from './given.ts';
export type { Expected, GivenHistory, GivenProcess, ThenOutcome, WhenAnswered } from './given.ts';
export { playProcess } from './play-process.ts';
export type { ProcessScript, Trace, TraceEntry } from './play-process.ts';
export { everyPath } from './every-path.ts';
export type { PossibleOutcomes } from './every-path.ts';
export {
	cancels,
	completes,
	duplicated,
	fails,
	leavesIt,
	parks,
	repeatedAtTheEnd,
	retries,
	succeeds,
} from './scripted-outcome.ts';
export type { OperatorTiming, ScriptedOperator, ScriptedOutcome } from './scripted-outcome.ts';
export type { SentStep } from './simulated-process.ts';
