import type { Suite } from '../run.ts';
import { drain, ofOneBatch } from './drain.ts';
import { lifecycle } from './lifecycle.ts';
import { memory } from './memory.ts';
import { processSuite } from './process.ts';
import { pruneSuite } from './prune.ts';
import { send } from './send.ts';
import { tsq } from './tsq.ts';

/** By the name that `--suite` takes. */
export const suites: Readonly<Record<string, Suite>> = {
	send,
	drain,
	process: processSuite,
	tsq,
	memory,
	lifecycle,
	batch: ofOneBatch,
	prune: pruneSuite,
};

/** What a full run measures; the others measure a part of it, or another promise. */
export const defaultSuites: readonly string[] = ['send', 'drain', 'process', 'tsq', 'memory'];
