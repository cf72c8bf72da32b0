/** The schema: its version, and where it differs from what the migrations make, with the SQL that would put it right. */
import { schemaSnapshot } from '../generated/schema-snapshot.ts';
import type { MigrationStatus } from '../migrate.ts';
import { restoreStatement, schemaObjectsOf, secureStatement } from '../statements/describe-schema.ts';
import type { SchemaObject } from '../statements/describe-schema.ts';
import { critical, ok, warning } from './finding.ts';
import type { Finding } from './finding.ts';

export function schemaFindings({ problem, schemaVersion, pgmqVersion }: MigrationStatus): readonly Finding[] {
	const schema =
		problem === undefined
			? ok('schema', `version ${String(schemaVersion)}`)
			: critical('schema', problem, 'Look: cb migrate status. Bring it up to date: cb migrate up.');
	if (schemaVersion === 0) return [schema];
	return [
		schema,
		pgmqVersion === undefined
			? warning('pgmq', 'PGMQ left no version.', 'Nothing, unless the schema check complains: it has what is needed.')
			: ok('pgmq', `PGMQ ${pgmqVersion}`),
	];
}

interface Difference {
	readonly kind: 'changed' | 'missing' | 'unknown';
	readonly name: string;
	/** As the migrations make it; absent for what they do not make. */
	readonly definition: string | undefined;
}

export function driftFinding(actual: readonly SchemaObject[]): Finding {
	const differences = differencesOf(actual);
	if (differences.length === 0) return ok('drift', 'Schema cb is as the migrations make it.');
	const named = differences.map(({ kind, name }) => `${kind}: ${name}`).join(', ');
	const fixes = differences.flatMap(({ kind, ...object }) => restoreStatement(object, kind === 'changed') ?? []);
	const isComplete = fixes.length === differences.length;
	return {
		...warning(
			'drift',
			`Schema cb differs from the migrations: ${named}.`,
			isComplete
				? 'Run the SQL of this finding, after reading it.'
				: 'Undo the change; for part of it the SQL of this finding does, after reading it.',
		),
		...(fixes.length === 0 ? {} : { fix: [...fixes, secureStatement].join('\n') }),
	};
}

function differencesOf(actual: readonly SchemaObject[]): readonly Difference[] {
	const expected = new Map(schemaObjectsOf(schemaSnapshot).map(({ name, definition }) => [name, definition]));
	const found = new Map(actual.map(({ name, definition }) => [name, definition.trimEnd()]));
	const ofOurs = [...expected]
		.filter(([name, definition]) => found.get(name) !== definition)
		.map(([name, definition]): Difference => ({ kind: found.has(name) ? 'changed' : 'missing', name, definition }));
	const ofOthers = [...found.keys()]
		.filter((name) => !expected.has(name))
		.map((name): Difference => ({ kind: 'unknown', name, definition: undefined }));
	// How ids are made depends on the version of the server.
	return [...ofOurs, ...ofOthers].filter(({ name }) => !name.includes('function cb.new_id()'));
}
