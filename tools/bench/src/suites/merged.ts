import type { SuiteResult } from '../measure.ts';

/** Several parts as one suite. */
export function merged(parts: readonly SuiteResult[]): SuiteResult {
	return {
		settings: Object.assign({}, ...parts.map(({ settings }) => settings)) as SuiteResult['settings'],
		figures: parts.flatMap(({ figures }) => figures),
		bars: parts.flatMap(({ bars }) => bars),
	};
}
