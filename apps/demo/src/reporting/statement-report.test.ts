import {
	cancels,
	completes,
	everyPath,
	fails,
	given,
	leavesIt,
	parks,
	playProcess,
	retries,
	succeeds,
} from '@cb/process/testing';
import type { ScriptedOutcome } from '@cb/process/testing';
import { describe, expect, it } from 'vitest';
import { StatementReport } from './statement-report.ts';

const accountIds = ['customer-0001', 'customer-0002'];
const totals = [{ accountId: 'customer-0001', inCents: 5, outCents: 2, lineCount: 3 }];
const empty = { accountIds, title: 'Statement', ledgerFile: null, totals: [], files: [] };
const queried = { ...empty, ledgerFile: 'ledger-1.jsonl' };
const aggregated = { ...queried, totals };
const files = ['statement-1.csv', 'statement-1.html'];

const query = succeeds({ ledgerFile: 'ledger-1.jsonl', lineCount: 3 });
const aggregate = succeeds({ totals });
const render = succeeds({ files });

describe('StatementReport', () => {
	it('aggregates what was queried', () => {
		given(StatementReport, empty)
			.when('QUERY', query)
			.then({ status: 'WAITING_FOR_REPLY', state: queried, sends: ['AGGREGATE'] });
	});

	it('renders what was aggregated', () => {
		given(StatementReport, queried, { completed: ['QUERY'] })
			.when('AGGREGATE', aggregate)
			.then({ state: aggregated, sends: [{ step: 'RENDER', data: { title: 'Statement', totals } }] });
	});

	it('is complete when it is rendered', () => {
		given(StatementReport, aggregated, { completed: ['QUERY', 'AGGREGATE'] })
			.when('RENDER', render)
			.then({ status: 'COMPLETED', state: { ...aggregated, files }, sends: [] });
	});

	it('AC1: fails with the error when a step is refused', () => {
		given(StatementReport, empty).when('QUERY', fails()).then({ status: 'FAILED', sends: [] });
	});

	it('AC2: waits for the operator when a step is parked', () => {
		given(StatementReport, empty).when('QUERY', parks(leavesIt)).then({ status: 'WAITING_FOR_TSQ', sends: [] });
	});

	it('AC3: continues with the result of the operator', () => {
		const trace = playProcess(
			StatementReport,
			{ accountIds },
			{ QUERY: parks(completes({ ledgerFile: 'ledger-2.jsonl', lineCount: 0 })), AGGREGATE: aggregate, RENDER: render },
		);

		expect(trace.status).toBe('COMPLETED');
		expect(trace.state).toMatchObject({ ledgerFile: 'ledger-2.jsonl', files });
	});

	it('AC4, AC6: has nothing to undo before it is rendered', () => {
		const trace = playProcess(
			StatementReport,
			{ accountIds },
			{ QUERY: query, AGGREGATE: aggregate, RENDER: parks(cancels()) },
		);

		expect(trace.status).toBe('COMPENSATED');
		expect(trace.sends.map(({ step }) => step)).toEqual(['QUERY', 'AGGREGATE', 'RENDER']);
	});

	it('holds every invariant of processes on every path', () => {
		const trouble = (then: ScriptedOutcome): readonly ScriptedOutcome[] => [
			then,
			fails(),
			parks(retries(then)),
			parks(cancels()),
		];
		const paths = [
			...everyPath(
				StatementReport,
				{ accountIds },
				{ QUERY: trouble(query), AGGREGATE: trouble(aggregate), RENDER: trouble(render) },
			),
		];

		expect(new Set(paths.map(({ status }) => status))).toEqual(new Set(['COMPLETED', 'FAILED', 'COMPENSATED']));
	});
});
