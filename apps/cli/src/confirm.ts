/** Asking before something is done to many: a person answers, a script says `--yes`, and nobody else gets past. */
import { declinedError, usageError } from './cli-error.ts';
import type { Context } from './context.ts';

export interface Consent {
	readonly yes?: true | undefined;
}

/** Refuses before anything is prepared where nobody can be asked and nobody has said yes. */
export function requireConsent(context: Context, { yes }: Consent): void {
	if (yes === true || canAsk(context)) return;
	throw usageError(
		'This acts on several commands, and there is no terminal to ask for confirmation; nothing was done.',
		'Look at what it would do with "cb tsq bulk preview", then say --yes.',
	);
}

/** Throws the refusal that an answer of no is. */
export async function confirmed(context: Context, consent: Consent, question: string): Promise<void> {
	if (await isConfirmed(context, consent, question)) return;
	throw declinedError('Not confirmed; nothing was done.');
}

/** Resolves with whether the answer is yes. Without a terminal it was said beforehand (`requireConsent`). */
async function isConfirmed(context: Context, { yes }: Consent, question: string): Promise<boolean> {
	if (yes === true) return true;
	const { default: confirm } = await import('@inquirer/confirm');
	const { stdin, stderr, signal } = context;
	return confirm({ message: question, default: false }, { input: stdin, output: stderr, signal });
}

function canAsk({ stdin, output }: Context): boolean {
	return stdin.isTTY === true && output.isErrorTerminal;
}
