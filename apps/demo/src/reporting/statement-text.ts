/** What a statement says, as CSV and as HTML. Pure. */
import type { AccountTotal } from './commands.ts';

export function statementCsv(totals: readonly AccountTotal[]): string {
	const rows = totals.map(({ accountId, inCents, outCents, lineCount }) => [
		accountId,
		euros(inCents),
		euros(outCents),
		euros(inCents - outCents),
		String(lineCount),
	]);
	return [['account', 'in', 'out', 'balance', 'lines'], ...rows]
		.map((row) => `${row.map(quoted).join(',')}\r\n`)
		.join('');
}

export function statementHtml(title: string, totals: readonly AccountTotal[]): string {
	const rows = totals.map(
		({ accountId, inCents, outCents, lineCount }) =>
			`\t\t\t<tr><td>${escaped(accountId)}</td><td>${euros(inCents)}</td><td>${euros(outCents)}</td>` +
			`<td>${euros(inCents - outCents)}</td><td>${String(lineCount)}</td></tr>`,
	);
	return `<!doctype html>
<html lang="en">
<head>
	<meta charset="utf-8">
	<title>${escaped(title)}</title>
	<style>
		body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
		table { border-collapse: collapse; width: 100%; }
		th, td { padding: 0.3rem 0.6rem; border-bottom: 1px solid #8884; text-align: right; }
		th:first-child, td:first-child { text-align: left; }
	</style>
</head>
<body>
	<h1>${escaped(title)}</h1>
	<table>
		<thead><tr><th>Account</th><th>In</th><th>Out</th><th>Balance</th><th>Lines</th></tr></thead>
		<tbody>
${rows.join('\n')}
		</tbody>
	</table>
</body>
</html>
`;
}

function euros(cents: number): string {
	return (cents / 100).toFixed(2);
}

/** A leading =, +, - or @ would make a spreadsheet run the text; numbers may keep their minus. */
function quoted(text: string): string {
	const isFormula = /^[=+@]/.test(text) || (text.startsWith('-') && !/^-\d+(\.\d+)?$/.test(text));
	const safe = isFormula ? `'${text}` : text;
	return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function escaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
