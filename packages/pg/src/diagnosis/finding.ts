export interface Finding {
	/** What was looked at, in kebab case. */
	readonly check: string;
	readonly state: 'ok' | 'warning' | 'critical';
	readonly message: string;
	/** What to do; absent when nothing is. */
	readonly advice?: string | undefined;
	/** SQL that puts it right, where SQL can. Read it before you run it. */
	readonly fix?: string | undefined;
}

export function ok(check: string, message: string): Finding {
	return { check, state: 'ok', message };
}

export function warning(check: string, message: string, advice: string): Finding {
	return { check, state: 'warning', message, advice };
}

export function critical(check: string, message: string, advice: string): Finding {
	return { check, state: 'critical', message, advice };
}
