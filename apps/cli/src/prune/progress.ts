/** How far a run of retention is: one line on standard error, where a person looks; silent elsewhere. */
import type { PruneProgress } from '@cb/ops';
import type { Context } from '../context.ts';
import { countText } from '../view/count.ts';

const clearLine = '\r\u001b[K';

export interface ProgressLine {
	readonly show: (progress: PruneProgress) => void;
	readonly clear: () => void;
}

export function pruneProgress({ output, stderr }: Pick<Context, 'output' | 'stderr'>): ProgressLine {
	if (!output.isErrorTerminal) return { show: () => undefined, clear: () => undefined };
	return {
		show({ kind, pruned, kept, chunkMs }) {
			const chunk = `last chunk ${String(Math.round(chunkMs))} ms`;
			stderr.write(`${clearLine}${kind}: ${countText(pruned)} gone, ${countText(kept)} stay, ${chunk}`);
		},
		clear: () => stderr.write(clearLine),
	};
}
