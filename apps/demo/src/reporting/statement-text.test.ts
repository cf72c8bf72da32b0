import { describe, expect, it } from 'vitest';
import { statementCsv, statementHtml } from './statement-text.ts';

const total = { accountId: 'customer-0001', inCents: 123_456, outCents: 200, lineCount: 3 };

describe('a statement', () => {
	it('has a row per account, in euros', () => {
		expect(statementCsv([total])).toBe('account,in,out,balance,lines\r\ncustomer-0001,1234.56,2.00,1232.56,3\r\n');
	});

	it('quotes what would break the format, and defuses what a spreadsheet would run', () => {
		expect(statementCsv([{ ...total, accountId: 'a"b,c' }])).toContain('"a""b,c"');
		expect(statementCsv([{ ...total, accountId: '=HYPERLINK("x")' }])).toContain(`"'=HYPERLINK(""x"")"`);
		expect(statementCsv([{ ...total, outCents: 999_999 }])).toContain(',-8765.43,');
	});

	it('shows text as text', () => {
		const html = statementHtml('<script>', [{ ...total, accountId: 'a&b' }]);

		expect(html).toContain('<title>&lt;script&gt;</title>');
		expect(html).toContain('<td>a&amp;b</td>');
		expect(html).not.toContain('<script>');
	});
});
