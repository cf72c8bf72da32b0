/** `cb tsq amend`: a retry with a changed payload, at the version whose payload was changed. */
import type { CommandAddress, JsonValue } from '@cb/core';
import type { ActResult, PatchOperation } from '@cb/ops';
import { usageError } from '../cli-error.ts';
import type { Context } from '../context.ts';
import { findCommandDefinitions } from '../definitions/command-definitions.ts';
import type { DefinitionFlags } from '../definitions/module.ts';
import type { OperatorFlags } from '../flags/act.ts';
import { readJson } from '../flags/json-input.ts';
import type { Screen } from '../output.ts';
import type { Result } from '../result.ts';
import { cleanLine } from '../view/clean.ts';
import { actText } from './perform.ts';
import { openTroubleshooting } from './open.ts';

export interface AmendFlags extends OperatorFlags, DefinitionFlags {
	readonly data?: string | undefined;
	readonly patch?: string | undefined;
	readonly reason: string;
	readonly keepAttempts?: true | undefined;
	readonly expectedVersion?: number | undefined;
	readonly requestId?: string | undefined;
}

export async function amend(context: Context, address: CommandAddress, flags: AmendFlags): Promise<Result> {
	const change = await readChange(context, flags);
	const { reason, keepAttempts, expectedVersion, requestId } = flags;
	const request = { ...address, operator: context.operator(flags.operator), reason, keepAttempts, requestId };
	const definitions = await findCommandDefinitions(context, flags);
	const [tsq, { diffOf, patched }] = await Promise.all([openTroubleshooting(context, definitions), import('@cb/ops')]);
	const { item } = await tsq.get(address);
	const result = await tsq.amendAndRetry({ ...request, ...change, expectedVersion: expectedVersion ?? item?.version });
	const diff =
		item === undefined
			? []
			: diffOf(item.payload, change.patch === undefined ? change.data : patched(item.payload, change.patch));
	return { data: { ...result, diff }, text: (screen) => amendedText(screen, result, diff) };
}

type Change =
	| { readonly data: JsonValue; readonly patch?: undefined }
	| { readonly patch: readonly PatchOperation[]; readonly data?: undefined };

async function readChange(context: Context, { data, patch }: AmendFlags): Promise<Change> {
	if (data !== undefined && patch === undefined) return { data: await readJson(context, '--data', data) };
	if (patch === undefined || data !== undefined) {
		throw usageError('Say either --data or --patch; nothing was done.', 'See "cb tsq amend --help".');
	}
	const operations: unknown = await readJson(context, '--patch', patch);
	if (isPatch(operations)) return { patch: operations };
	throw usageError(
		'--patch is no JSON Patch: a list of operations with "op", "path" and "value".',
		`For instance --patch '[{"op":"replace","path":"/cents","value":500}]'`,
	);
}

const operationNames = new Set<unknown>(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/** Enough to say that it was meant as one; each operation is checked in full where it is applied. */
function isPatch(value: unknown): value is readonly PatchOperation[] {
	return Array.isArray(value) && value.length > 0 && value.every(isOperation);
}

function isOperation(value: unknown): boolean {
	if (typeof value !== 'object' || value === null || !('op' in value) || !('path' in value)) return false;
	return operationNames.has(value.op) && typeof value.path === 'string';
}

function amendedText({ colors }: Screen, result: ActResult, diff: readonly PatchOperation[]): string {
	const lines = diff.map((operation) => {
		const value = 'value' in operation ? ` ${JSON.stringify(operation.value)}` : '';
		return cleanLine(`  ${operation.op} ${operation.path === '' ? '(everything)' : operation.path}${value}`);
	});
	return [actText(result, 'amended and retried'), ...lines.map((line) => colors.yellow(line))].join('\n');
}
