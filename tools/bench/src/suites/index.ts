import type { Suite } from '../run.ts';
import { cost } from './cost.ts';
import { drain, ofOneBatch } from './drain.ts';
import { notDue } from './drain-not-due.ts';
import { growth } from './growth.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { lifecycle } from './lifecycle.ts';
import { memory } from './memory.ts';
import { pressure } from './pressure.ts';
import { processSuite } from './process.ts';
import { pruneLargeSuite, pruneSuite } from './prune.ts';
import { send } from './send.ts';
import { sustained } from './sustained.ts';
import { tsq } from './tsq.ts';

/** By the name that `--suite` takes. */
export const suites: Readonly<Record<string, Suite>> = {
	send,
	drain,
	latency,
	cost,
	sustained,
	growth,
	pressure,
	idle,
	memory,
	process: processSuite,
	tsq,
	prune: pruneSuite,
	'prune-large': pruneLargeSuite,
	lifecycle,
	batch: ofOneBatch,
	'not-due': notDue,
};

/** What measures a part of another one, or takes more room than most have. */
const parts = new Set(['lifecycle', 'batch', 'not-due', 'prune-large']);

/** What `--suite all` measures. */
export const allSuites: readonly string[] = Object.keys(suites).filter((name) => !parts.has(name));

/** What is measured when nobody says what: minutes, not hours. */
export const defaultSuites: readonly string[] = ['send', 'drain', 'latency'];
