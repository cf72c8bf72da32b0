/** What the code knows, the reference pages know, too: derived from the code, so that nothing new stays undocumented. */
import {
	auditEventTypes,
	batchStatuses,
	bulkItemStatuses,
	bulkStatuses,
	commandStatuses,
	commandTransitions,
	processEventTypes,
	processStatuses,
	stepStatuses,
} from '@cb/core';
import { healthKinds, operatorIntents } from '@cb/ops';
import { describe, expect, it } from 'vitest';
import { namesIn, root, textOf } from './markdown-files.ts';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const errors = 'packages/core/src/errors.ts';

/** Those that a page does not name as code. */
function missingIn(page: string, names: readonly string[]): readonly string[] {
	expect(names.length).toBeGreaterThan(0);
	const text = textOf(page);
	const words = new Set([...text.matchAll(/`([^`\n]+)`/gu)].flatMap(([, span = '']) => span.split(/[^\w.-]+/u)));
	return names.filter((name) => !words.has(name));
}

describe('docs/reference/errors.md', () => {
	const page = 'docs/reference/errors.md';
	const codes = namesIn(errors, /readonly code = '([a-z-]+)'/gu);

	it('has a section for every error code, and none for what is no code', () => {
		const sections = [...textOf(page).matchAll(/^### (.+)$/gmu)].map(([, heading = '']) => heading);

		expect([...codes].sort()).toEqual([...sections].sort());
	});

	it('knows every code that isCommandBusError knows', () => {
		const known = namesIn(errors, /^\treadonly '?([a-z-]+)'?: \w+Error;$/gmu, /interface ErrorByCode \{[^}]*\}/u);

		expect([...known].sort()).toEqual([...codes].sort());
	});

	it('names every error class', () => {
		const classes = namesIn(errors, /^export class (\w+Error)/gmu);

		expect(missingIn(page, classes)).toEqual([]);
	});

	it('names every reason of a StoreError', () => {
		const reasons = namesIn(errors, /'([a-z-]+)'/gu, /export type StoreErrorReason =[^;]*;/u);

		expect(missingIn(page, reasons)).toEqual([]);
	});

	it('names every code that the runtime gives to a command', () => {
		const files = [
			'worker/run-command.ts',
			'worker/handler-context.ts',
			'handling/storable-result.ts',
			'model/error-record.ts',
		];
		const given = files.flatMap((file) =>
			namesIn(`packages/core/src/${file}`, /(?:CommandError\(\s*|code: )'([A-Z_]+)'/gu),
		);

		expect(
			missingIn(
				page,
				[...new Set(given)].filter((code) => code !== 'BUSINESS_RULE'),
			),
		).toEqual([]);
	});
});

describe('docs/reference/statuses.md', () => {
	it.each([
		['commands', commandStatuses],
		['moves', commandTransitions.map(({ event }) => event)],
		['audit events', auditEventTypes],
		['batches', batchStatuses],
		['bulks', bulkStatuses],
		['items of bulks', bulkItemStatuses],
		['processes', processStatuses],
		['steps', stepStatuses],
		['events of processes', processEventTypes],
	])('names all of %s', (_, names) => {
		expect(missingIn('docs/reference/statuses.md', names)).toEqual([]);
	});
});

describe('docs/reference/telemetry.md', () => {
	const union = /export type TelemetryEvent =[\s\S]*?\nexport type HandlerOutcome/u;

	it('names every event', () => {
		const kinds = namesIn('packages/core/src/ports/telemetry.ts', /readonly kind: '([a-z-]+)'/gu, union);

		expect(missingIn('docs/reference/telemetry.md', kinds)).toEqual([]);
	});

	it('names every outcome of a handler', () => {
		const outcomes = namesIn(
			'packages/core/src/ports/telemetry.ts',
			/'([a-z-]+)'/gu,
			/export type HandlerOutcome =.*;/u,
		);

		expect(missingIn('docs/reference/telemetry.md', outcomes)).toEqual([]);
	});
});

describe('docs/reference/ports.md', () => {
	const folder = 'packages/core/src/ports';
	const ports = readdirSync(join(root, folder)).filter((file) => file !== 'telemetry.ts');

	it.each(ports)('names every method of %s', (file) => {
		const methods = namesIn(`${folder}/${file}`, /^\t(\w+)(?:<[^>]*>)?\(/gmu);

		if (methods.length > 0) expect(missingIn('docs/reference/ports.md', methods)).toEqual([]);
	});
});

describe('docs/reference/sql-schema.md', () => {
	const folder = 'packages/pg/sql/migrations';
	const migrations = readdirSync(join(root, folder));

	it.each(migrations)('names every table, view and function of %s', (file) => {
		const objects = namesIn(`${folder}/${file}`, /^\s*create (?:or replace )?(?:table|view|function) (cb\.\w+)/gmu);

		if (objects.length > 0) expect(missingIn('docs/reference/sql-schema.md', [...new Set(objects)])).toEqual([]);
	});
});

describe('options', () => {
	it.each([
		['docs/reference/commands.md', 'packages/core/src/worker/worker-options.ts'],
		['docs/reference/commands.md', 'packages/core/src/bus/command-request.ts'],
		['docs/how-to/monitor.md', 'packages/ops/src/queue-health.ts'],
	])('%s names every option of %s', (page, source) => {
		const options = namesIn(source, /^\treadonly (\w+)\?: /gmu);

		if (source.endsWith('queue-health.ts')) expect(missingIn(page, healthKinds)).toEqual([]);
		else expect(missingIn(page, options)).toEqual([]);
	});

	it('the guide for operators names every intent that authorize is asked about', () => {
		expect(missingIn('docs/how-to/resolve-parked-commands.md', operatorIntents)).toEqual([]);
	});
});
