import { describe, expect, it } from 'vitest';
import { auditVerdict } from './audit-verdict.mjs';

/** As pnpm 10 prints them, shortened. */
const advisory = {
	id: 1096366,
	module_name: 'ws',
	severity: 'high',
	title: 'ws affected by a DoS when handling a request with many HTTP headers',
	url: 'https://github.com/advisories/GHSA-3h5v-q93c-6h6q',
	vulnerable_versions: '>=8.0.0 <8.17.1',
	patched_versions: '>=8.17.1',
	findings: [{ version: '8.16.0', paths: ['apps__demo>@hono/node-server>ws'] }],
};

function report(...advisories: readonly object[]): string {
	return JSON.stringify({
		actions: [],
		advisories: Object.fromEntries(advisories.map((one, index) => [String(index), one])),
		muted: [],
		metadata: { vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0 }, totalDependencies: 112 },
	});
}

function refusal(code: string, message: string): string {
	return JSON.stringify({ error: { code, message } }, undefined, 2);
}

describe('the audit of dependencies', () => {
	it('is content with a report without advisories', () => {
		expect(auditVerdict(report())).toMatchObject({ kind: 'clean' });
	});

	it.each(['info', 'low', 'moderate'])('is content with an advisory rated %s', (severity) => {
		expect(auditVerdict(report({ ...advisory, severity })).kind).toBe('clean');
	});

	it.each(['high', 'critical', 'catastrophic'])(
		'fails on an advisory rated %s, and says what, where and what helps',
		(severity) => {
			const { kind, sentences } = auditVerdict(report({ ...advisory, severity: 'low' }, { ...advisory, severity }));

			expect(kind).toBe('serious');
			expect(sentences).toEqual([
				`${severity}: ws 8.16.0 (apps__demo>@hono/node-server>ws): ws affected by a DoS when handling a request with many HTTP headers. ` +
					'Patched in >=8.17.1. https://github.com/advisories/GHSA-3h5v-q93c-6h6q',
			]);
		},
	);

	it.each([
		[
			'ERR_PNPM_AUDIT_BAD_RESPONSE',
			'The audit endpoint (at …/audits/quick) responded with 405: . Fallback endpoint (at …/audits) responded with 405: ',
		],
		['ERR_PNPM_AUDIT_ENDPOINT_NOT_EXISTS', "The audit endpoint (at …) doesn't exist."],
		['ECONNREFUSED', 'request to … failed, reason: connect ECONNREFUSED 127.0.0.1:9'],
		['ENOTFOUND', 'request to … failed, reason: getaddrinfo ENOTFOUND nowhere.invalid'],
		['ETIMEDOUT', 'no answer within 60 seconds'],
	])('says loudly that nobody could look when the registry answers with %s, and does not fail', (code, message) => {
		const { kind, sentences } = auditVerdict(refusal(code, message));

		expect(kind).toBe('not-asked');
		expect(sentences[0]).toMatch(/^NOT CHECKED, the registry (has no audit endpoint|cannot be reached) \(/);
	});

	it.each([
		['nothing', ''],
		['a sentence', ' ERROR  Unknown option'],
		[
			'another error',
			refusal('ERR_PNPM_AUDIT_NO_LOCKFILE', 'No pnpm-lock.yaml found: Cannot audit a project without a lockfile'),
		],
		['JSON of another form', '{"vulnerabilities": {}}'],
		['null', 'null'],
	])('fails when pnpm printed %s', (_what, output) => {
		expect(auditVerdict(output).kind).toBe('unreadable');
	});
});
