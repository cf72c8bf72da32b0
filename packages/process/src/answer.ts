/** What came back for a command, in one shape for replies and notices. */
import type {
	AnswerMessage,
	CommandRecord,
	ErrorRecord,
	ErrorType,
	JsonObject,
	JsonValue,
	StepOutcome,
} from '@cb/core';

interface AnswerBase {
	readonly commandId: string;
	/** Of the command when it was answered; each retry by an operator adds one. `resumed` carries the new one. */
	readonly generation: number;
	/** Of the message, where there was one. */
	readonly answerId: string | null;
}

export type Answer = AnswerBase &
	(
		| { readonly outcome: 'SUCCESS'; readonly data: JsonValue }
		| { readonly outcome: 'FAILED' | 'CANCELED' | 'parked'; readonly error: ErrorRecord }
		| { readonly outcome: 'resumed' }
	);

export function answerOf(message: AnswerMessage): Answer {
	const { command_id: commandId, generation } = message;
	if (message.kind === 'reply') {
		const base = { commandId, generation, answerId: message.reply_id };
		if (message.outcome === 'SUCCESS') return { ...base, outcome: 'SUCCESS', data: message.data };
		return { ...base, outcome: message.outcome, error: errorOf(message) };
	}
	const base = { commandId, generation, answerId: message.notice_id };
	return message.kind === 'resumed'
		? { ...base, outcome: 'resumed' }
		: { ...base, outcome: 'parked', error: errorOf(message) };
}

/** The answer that an ended command gave, from its record; `undefined` while it has not ended. */
export function answerOfRecord(command: CommandRecord): Answer | undefined {
	const { commandId, generation, status, result: data } = command;
	const base = { commandId, generation, answerId: null };
	if (status === 'COMPLETED') return { ...base, outcome: 'SUCCESS', data };
	if (status !== 'FAILED' && status !== 'CANCELED') return undefined;
	return { ...base, outcome: status, error: command.lastError ?? unsaid(status) };
}

const typeByOutcome: Readonly<Record<Exclude<StepOutcome, 'SUCCESS' | 'resumed'>, ErrorType>> = {
	FAILED: 'BUSINESS_RULE',
	CANCELED: 'CANCELED',
	parked: 'PERMANENT',
};

function errorOf(message: AnswerMessage): ErrorRecord {
	const outcome = outcomeOf(message);
	if (message.error === null) return unsaid(outcome);
	const { type = typeByOutcome[outcome], code, details = null } = message.error;
	return { type, code, message: message.error.message, details };
}

function outcomeOf(message: AnswerMessage): keyof typeof typeByOutcome {
	if (message.kind !== 'reply') return 'parked';
	return message.outcome === 'FAILED' ? 'FAILED' : 'CANCELED';
}

function unsaid(outcome: keyof typeof typeByOutcome): ErrorRecord {
	return { type: typeByOutcome[outcome], code: 'UNKNOWN', message: 'The answer carried no error.', details: null };
}

/** What the trail tells of an answer: never its payload. */
export function detailsOf(answer: Answer): JsonObject {
	const { outcome, generation } = answer;
	return 'error' in answer ? { outcome, generation, error: { ...answer.error } } : { outcome, generation };
}
