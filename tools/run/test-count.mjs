/** Lines of a failure that are repeated at the end of a run. */
const repeatedLines = 12;

/** @typedef {{ status: string, fullName?: string, failureMessages?: string[] }} TestResult */

/**
 * What one vitest run adds to the total. Nothing may fail in silence: a file that did not load, an error outside any test and
 * a run without tests each count as one failure.
 *
 * @param {{ testResults: { status: string, name: string, message?: string, assertionResults: TestResult[] }[] } | undefined} report
 * @param {number} exitCode
 * @returns {{ passed: number, failed: number, problems: string[] }} Each problem with the name of the test and what it said.
 */
export function countTests(report, exitCode) {
	if (report === undefined) return { passed: 0, failed: 1, problems: ['vitest wrote no report'] };
	const tests = report.testResults.flatMap((file) =>
		file.assertionResults.map((test) => ({ ...test, file: file.name })),
	);
	const passed = tests.filter((test) => test.status === 'passed').length;
	const problems = [
		...tests.filter((test) => test.status === 'failed').map(describeTest),
		...report.testResults.filter(isBroken).map(describeFile),
	];
	if (problems.length === 0 && passed === 0) problems.push('no tests ran');
	if (problems.length === 0 && exitCode !== 0) problems.push(`vitest ended with exit code ${exitCode}`);
	return { passed, failed: problems.length, problems };
}

function isBroken(file) {
	return file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed');
}

function describeTest(test) {
	return withMessage(`${test.file}: ${test.fullName}`, test.failureMessages?.join('\n'));
}

function describeFile(file) {
	return withMessage(`could not run ${file.name}`, file.message);
}

function withMessage(title, message = '') {
	const lines = message.trim().split('\n').slice(0, repeatedLines);
	return [title, ...lines.map((line) => `    ${line}`)].join('\n');
}
