import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const typescript = ['**/*.ts', '**/*.tsx', '**/*.mts'];
const tests = [
	'**/*.test.ts',
	'**/*.test-d.ts',
	'**/*.suite.ts',
	'**/test/**/*.ts',
	'docs/snippets/**/*.ts',
	'tests/**/*.ts',
];

/** Flat config replaces the options of a rule instead of merging them, so each file set gets its whole list. */
const exportAll = {
	selector: 'ExportAllDeclaration',
	message: 'List each exported name: what is public is a decision.',
};
const plainError = {
	selector: "ThrowStatement > NewExpression[callee.name='Error']",
	message: 'Throw a typed error with a code, so that callers can recognise it.',
};
const sqlHome = 'SQL lives in sql/migrations, src/statements and src/pgmq (in an application: a statements folder).';
const sqlText = [
	{
		selector: 'TemplateElement:first-child[value.raw=/^\\s*(select|insert|update|delete|with)\\b/i]',
		message: sqlHome,
	},
	{
		selector:
			'Literal[value=/^\\s*(select\\s.*\\sfrom|select\\s+[a-z_.]+\\(|insert\\s+into|update\\s+\\S+\\s+set|delete\\s+from|with\\s+\\S+\\s+as)\\b/is]',
		message: sqlHome,
	},
];

const sizeLimits = {
	'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
	'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
	'max-params': ['error', 3],
	complexity: ['error', 10],
	'max-depth': ['error', 3],
};

export default defineConfig(
	globalIgnores(['**/dist', '**/.tsbuild', '**/.turbo', '**/coverage', '**/generated', '**/.data']),
	{
		linterOptions: { reportUnusedDisableDirectives: 'error' },
		rules: {
			...sizeLimits,
			'no-console': 'error',
			'no-restricted-properties': [
				'error',
				{ object: 'process', property: 'env', message: 'Only config.ts and context.ts read the environment.' },
			],
			'no-restricted-syntax': ['error', exportAll],
		},
	},
	{
		files: typescript,
		extends: [js.configs.recommended, tseslint.configs.strictTypeChecked],
		languageOptions: { parserOptions: { project: 'tsconfig.lint.json', tsconfigRootDir: import.meta.dirname } },
		rules: {
			'@typescript-eslint/consistent-type-imports': 'error',
			'@typescript-eslint/consistent-type-exports': 'error',
			'@typescript-eslint/switch-exhaustiveness-check': 'error',
			'@typescript-eslint/explicit-module-boundary-types': 'error',
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
		},
	},
	{
		files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
		extends: [js.configs.recommended],
		languageOptions: {
			globals: {
				console: 'readonly',
				performance: 'readonly',
				process: 'readonly',
				URL: 'readonly',
				module: 'writable',
			},
		},
	},
	{
		files: ['packages/*/src/**/*.ts'],
		rules: { 'no-restricted-syntax': ['error', exportAll, plainError, ...sqlText] },
	},
	{
		files: ['apps/*/src/**/*.ts'],
		rules: { 'no-restricted-syntax': ['error', exportAll, ...sqlText] },
	},
	{
		files: ['packages/pg/src/{statements,pgmq}/**/*.ts'],
		rules: { 'no-restricted-syntax': ['error', exportAll, plainError] },
	},
	{
		files: ['apps/*/src/**/statements/**/*.ts'],
		rules: { 'no-restricted-syntax': ['error', exportAll] },
	},
	{
		files: ['packages/core/src/{memory,conformance}/**/*.ts'],
		rules: { '@typescript-eslint/require-await': 'off' },
	},
	{
		files: tests,
		rules: {
			'max-lines-per-function': 'off',
			'no-restricted-properties': 'off',
			'no-restricted-syntax': ['error', exportAll],
		},
	},
	{
		files: ['apps/*/src/**/config.ts', 'apps/*/src/**/context.ts', 'tools/*/src/config.ts', 'tools/run/*.mjs'],
		rules: { 'no-restricted-properties': 'off' },
	},
	{
		files: ['apps/cli/src/output.ts', 'tools/**', 'packages/pg/scripts/**', '**/test/**', 'tests/**'],
		rules: { 'no-console': 'off' },
	},
);
