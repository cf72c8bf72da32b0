import type { TestProjectInlineConfiguration } from 'vitest/config';

/** Tests run on sources: no build is needed before them, and a stack trace names the line that was written. */
const conditions = ['@cb/source', 'module', 'node'];
const onSources = {
	resolve: { conditions },
	ssr: { resolve: { conditions } },
	// What global setups run in.
	environments: { __vitest__: { resolve: { conditions } } },
};

const exclude = ['**/node_modules/**', '**/dist/**', '**/.tsbuild/**', '**/.turbo/**'];

const otherSuffixes = ['**/*.int.test.ts', '**/*.e2e.test.ts'];

/** One project per level of test; the suffix of a file says its level. */
export const projects: TestProjectInlineConfiguration[] = [
	{
		...onSources,
		test: {
			name: 'unit',
			include: ['{packages,apps,tools}/*/{src,test,scripts}/**/*.test.ts', 'tools/run/*.test.ts', 'tests/*.test.ts'],
			exclude: [...exclude, ...otherSuffixes],
			maxWorkers: 2,
			testTimeout: 10_000,
		},
	},
	{
		...onSources,
		test: {
			name: 'types',
			include: [],
			exclude,
			typecheck: {
				enabled: true,
				only: true,
				checker: 'tsc',
				include: ['{packages,apps}/*/{src,test}/**/*.test-d.ts'],
				tsconfig: 'tsconfig.types.json',
				ignoreSourceErrors: false,
			},
		},
	},
	{
		...onSources,
		test: {
			name: 'int',
			include: [
				'{packages,apps,tools}/*/{src,test}/**/*.int.test.ts',
				'docs/snippets/**/*.int.test.ts',
				'tests/**/*.int.test.ts',
			],
			exclude,
			globalSetup: ['packages/pg/test/global-setup.ts'],
			pool: 'forks',
			maxWorkers: 2,
			expect: { poll: { interval: 20, timeout: 30_000 } },
			testTimeout: 60_000,
			hookTimeout: 120_000,
		},
	},
	{
		test: {
			name: 'e2e',
			include: ['{packages,apps,tools}/*/test/**/*.e2e.test.ts', 'tests/**/*.e2e.test.ts'],
			exclude,
			pool: 'forks',
			// Two at a time: much of it waits for leases, restarts and other processes.
			maxWorkers: 2,
			// Of tests side by side in one file, each with half a dozen processes: more take as long in all, and each of them three times as long.
			maxConcurrency: 3,
			testTimeout: 180_000,
			hookTimeout: 180_000,
		},
	},
	{
		...onSources,
		test: {
			name: 'docs',
			include: ['docs/{snippets,test}/**/*.test.ts'],
			exclude: [...exclude, ...otherSuffixes],
			testTimeout: 30_000,
		},
	},
];
