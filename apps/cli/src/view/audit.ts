/** The audit events of a command as lines of a timeline: everything that stands in them, the well-known fields as sentences. */
import type { AuditEvent, JsonObject, JsonValue } from '@cb/core';
import type { TimelineEvent } from './timeline.ts';

export function auditLine({ at, type, generation, attempt, details }: AuditEvent): TimelineEvent {
	const facts = [
		...(generation > 1 ? [`gen ${String(generation)}`] : []),
		...(attempt > 0 ? [`attempt ${String(attempt)}`] : []),
	];
	return { at, name: type, facts, lines: detailLines(details) };
}

/** One line per detail; errors and operators in words. */
export function detailLines(details: JsonObject): readonly string[] {
	return Object.entries(details).flatMap(([name, value]) =>
		isEmpty(value) ? [] : [`${wordsOf(name)}: ${valueText(name, value)}`],
	);
}

function isEmpty(value: JsonValue): boolean {
	return value === null || value === false;
}

/** `previousMessageId` → `previous message id`. */
function wordsOf(name: string): string {
	return name.replaceAll(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);
}

function valueText(name: string, value: JsonValue): string {
	if (value === true) return 'yes';
	if (typeof value === 'string') return value;
	if (isObject(value)) {
		if (name === 'error') return errorText(value);
		if (name === 'operator') return operatorText(value);
	}
	return JSON.stringify(value);
}

function errorText({ type, code, message, details }: JsonObject): string {
	const more = details === undefined || details === null ? '' : ` ${JSON.stringify(details)}`;
	return `${plain(type)} ${plain(code)}: ${plain(message)}${more}`.trim();
}

function operatorText({ id, kind }: JsonObject): string {
	return kind === undefined || kind === null || kind === 'human' ? plain(id) : `${plain(id)} (${plain(kind)})`;
}

function plain(value: JsonValue | undefined): string {
	if (value === undefined || value === null) return '';
	return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: JsonValue): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
