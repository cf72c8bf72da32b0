import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { detailLines } from './audit.ts';
import { cleanLine, cleanText } from './clean.ts';
import { counted } from './count.ts';
import { record } from './record.ts';
import { ageText, momentText, momentWithAge, spanText } from './time.ts';
import { timeline } from './timeline.ts';

const screen = { columns: 80, rows: 24, colors: picocolors.createColors(false), now: new Date('2026-03-01T10:00:00Z') };

describe('clean text', () => {
	it('cannot steer the terminal', () => {
		expect(cleanLine('a\u001b[31mb\u009bc\u202ed\u0007')).toBe('a\\u001b[31mb\\u009bc\\u202ed\\u0007');
	});

	it('is one line, or keeps its lines', () => {
		expect(cleanLine('one\r\n\ttwo')).toBe('one two');
		expect(cleanText('one\r\ntwo\u0000')).toBe('one\ntwo\\u0000');
	});
});

describe('times', () => {
	it.each([
		[0, '0s'],
		[-5, '0s'],
		[119, '119s'],
		[120, '2m'],
		[7_199, '119m'],
		[7_200, '2h'],
		[172_799, '47h'],
		[172_800, '2d'],
	])('show %i seconds as %s', (seconds, text) => {
		expect(spanText(seconds)).toBe(text);
	});

	it('are UTC, to the millisecond in a history and with their age elsewhere', () => {
		const at = new Date('2026-03-01T09:15:02.120Z');

		expect(ageText(at, screen.now)).toBe('44m');
		expect(momentText(at)).toBe('2026-03-01 09:15:02.120Z');
		expect(momentWithAge(at, screen.now)).toBe('2026-03-01 09:15:02Z, 44m ago');
		expect(momentWithAge(new Date('2026-03-02T00:00:00Z'), screen.now)).toBe('2026-03-02 00:00:00Z');
	});
});

describe('counts', () => {
	it.each([
		[0, '0 commands'],
		[1, '1 command'],
		[12_345, '12,345 commands'],
	])('%i is %s', (count, text) => {
		expect(counted(count, 'command')).toBe(text);
	});
});

describe('a record', () => {
	it('aligns values, keeps lines of a value together and leaves out what is not there', () => {
		expect(
			record(screen, [
				['Id', 'x-1'],
				['Absent', undefined],
				['Payload', '{\n  "a": 1\n}'],
			]),
		).toBe(['Id       x-1', 'Payload  {', '           "a": 1', '         }'].join('\n'));
	});
});

describe('a timeline', () => {
	it('puts the facts on the line and the details below', () => {
		const at = new Date('2026-03-01T09:15:02.120Z');

		expect(
			timeline(screen, [
				{ at, name: 'SENT', facts: [], lines: [] },
				{ at, name: 'RECEIVED', facts: ['attempt 1'], lines: ['worker id: w-1'] },
			]),
		).toBe(
			['2026-03-01 09:15:02.120Z  SENT', '2026-03-01 09:15:02.120Z  RECEIVED  attempt 1', '    worker id: w-1'].join(
				'\n',
			),
		);
	});

	it('tells details in words', () => {
		expect(
			detailLines({
				error: { type: 'PERMANENT', code: 'CARD_EXPIRED', message: 'It expired.', details: { order: 1 } },
				operator: { id: 'ada', kind: 'service' },
				previousMessageId: '7',
				isReplySuppressed: true,
				replyTo: null,
				isRedelivered: false,
				result: { a: 1 },
			}),
		).toEqual([
			'error: PERMANENT CARD_EXPIRED: It expired. {"order":1}',
			'operator: ada (service)',
			'previous message id: 7',
			'is reply suppressed: yes',
			'result: {"a":1}',
		]);
	});
});
