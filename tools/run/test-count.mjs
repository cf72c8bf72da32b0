/**
 * What one vitest run adds to the total. Nothing may fail in silence: a file that did not load, an error outside any test and
 * a run without tests each count as one failure.
 *
 * @param {{ testResults: { status: string, name: string, assertionResults: { status: string }[] }[] } | undefined} report
 * @param {number} exitCode
 * @returns {{ passed: number, failed: number, problem?: string }}
 */
export function countTests(report, exitCode) {
	if (report === undefined) return { passed: 0, failed: 1, problem: 'vitest wrote no report' };
	const tests = report.testResults.flatMap((file) => file.assertionResults);
	const passed = tests.filter((test) => test.status === 'passed').length;
	const failedTests = tests.filter((test) => test.status === 'failed').length;
	const brokenFiles = report.testResults.filter(isBroken);
	const failed = failedTests + brokenFiles.length;
	if (failed > 0) return { passed, failed, problem: describe(failedTests, brokenFiles) };
	if (passed === 0) return { passed, failed: 1, problem: 'no tests ran' };
	if (exitCode !== 0) return { passed, failed: 1, problem: `vitest ended with exit code ${exitCode}` };
	return { passed, failed };
}

function isBroken(file) {
	return file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed');
}

function describe(failedTests, brokenFiles) {
	const broken = brokenFiles.map((file) => `could not run ${file.name}`);
	return [...(failedTests > 0 ? [`${failedTests} tests`] : []), ...broken].join('; ');
}
