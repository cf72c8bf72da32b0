import type { CommandDefinition } from '../bus/define-command.ts';
import { checkStorable, validateStorable } from '../bus/validate-data.ts';
import type { Validated } from '../bus/validate-data.ts';
import { PermanentCommandError } from '../errors.ts';
import type { JsonValue } from '../model/json.ts';
import { issueText } from '../parse-input.ts';

/**
 * What is stored for what a handler returned: the output of the definition's result schema, or the value itself, nothing being null. Throws, or
 * rejects with, `PermanentCommandError` RESULT_INVALID: the handler did its work, and doing it again would not mend its result.
 */
export function storableResult(definition: CommandDefinition, returned: unknown): JsonValue | Promise<JsonValue> {
	if (definition.result === undefined) return valueOf(definition, checkStorable(returned ?? null));
	const validated = validateStorable(definition.result, returned);
	if (validated instanceof Promise) return validated.then((outcome) => valueOf(definition, outcome));
	return valueOf(definition, validated);
}

function valueOf({ type }: CommandDefinition, validated: Validated<JsonValue>): JsonValue {
	if (validated.kind === 'valid') return validated.value;
	throw new PermanentCommandError(
		'RESULT_INVALID',
		`The handler of "${type}" returned what cannot be its result: ${issueText(validated.issues)}.`,
		{ issues: validated.issues.map(({ path, message }) => ({ path, message })) },
	);
}
