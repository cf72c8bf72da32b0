import { batchStatuses, bulkItemStatuses, commandStatuses, processStatuses } from '@cb/core';
import { InvalidArgumentError } from 'commander';
import { describe, expect, it } from 'vitest';
import { oneOf } from './choice.ts';
import { moment } from './moment.ts';
import { spanInSeconds, wholeNumber } from './number.ts';
import {
	batchStatusWords,
	bulkItemStatusWords,
	commandStatusAliases,
	commandStatusWords,
	processStatusWords,
} from './statuses.ts';

describe('numbers', () => {
	const parse = wholeNumber({ from: 1, to: 1_000 });

	it('are whole and within their range', () => {
		expect([parse('1'), parse('1000')]).toEqual([1, 1_000]);
	});

	it.each(['0', '1001', '-1', '1.5', '1e3', '0x10', '', ' 5', 'ten', 'Infinity'])('refuse "%s"', (text) => {
		expect(() => parse(text)).toThrow(InvalidArgumentError);
	});
});

describe('spans', () => {
	it.each([
		['90', 90],
		['90s', 90],
		['15m', 900],
		['2h', 7_200],
		['7d', 604_800],
		['1.5h', 5_400],
		['0', 0],
	])('%s is %i seconds', (text, seconds) => {
		expect(spanInSeconds(text)).toBe(seconds);
	});

	it.each(['', '-5', '5w', 'm', '1h30m', '5 m'])('refuse "%s"', (text) => {
		expect(() => spanInSeconds(text)).toThrow(InvalidArgumentError);
	});
});

describe('moments', () => {
	it.each([
		['2026-03-01', '2026-03-01T00:00:00.000Z'],
		['2026-03-01T09:15:00Z', '2026-03-01T09:15:00.000Z'],
		['2026-03-01 09:15:00.250Z', '2026-03-01T09:15:00.250Z'],
		['2026-03-01T09:15+02:00', '2026-03-01T07:15:00.000Z'],
	])('%s is %s', (text, iso) => {
		expect(moment(text).toISOString()).toBe(iso);
	});

	it('reach back from now', () => {
		expect(Math.abs(Date.now() - 7_200_000 - moment('2h').getTime())).toBeLessThan(5_000);
	});

	it.each(['yesterday', '2026-13-01', '2026-02-30', '01.03.2026', '1772352000', ''])('refuse "%s"', (text) => {
		expect(() => moment(text)).toThrow(InvalidArgumentError);
	});
});

describe('choices', () => {
	const parse = oneOf(commandStatusWords, commandStatusAliases);

	it.each([
		['COMPLETED', 'COMPLETED'],
		['in-progress', 'IN_PROGRESS'],
		['parked', 'IN_TROUBLESHOOTING_QUEUE'],
		['IN_TSQ', 'IN_TROUBLESHOOTING_QUEUE'],
	])('%s is %s', (text, status) => {
		expect(parse(text)).toBe(status);
	});

	it('name what is possible when they refuse', () => {
		expect(() => parse('done')).toThrow(/PENDING, IN_PROGRESS/u);
	});

	it('are those of the packages', () => {
		expect(commandStatusWords).toEqual(commandStatuses);
		expect(processStatusWords).toEqual(processStatuses);
		expect(bulkItemStatusWords).toEqual(bulkItemStatuses);
		expect(batchStatusWords).toEqual(batchStatuses);
	});
});
