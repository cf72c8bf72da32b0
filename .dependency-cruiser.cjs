/** Who may import whom. Layers inside core, and the arrows between packages; only applications compose. */
const mayImport = { core: [], pg: ['core'], ops: ['core'], process: ['core'] };
const packageLayers = Object.entries(mayImport).map(([name, allowed]) => ({
	name: `packages/${name} imports only [${allowed.join(', ')}]`,
	severity: 'error',
	from: { path: `^packages/${name}/` },
	to: { path: '^packages/', pathNot: `^packages/(${[name, ...allowed].join('|')})/` },
}));
const forbid = (name, from, to) => ({ name, severity: 'error', from, to });
const core = (...folders) => ({ path: `^packages/core/src/(${folders.join('|')})/` });
const isTest = '\\.test(-d)?\\.ts$|/test/';

module.exports = {
	forbidden: [
		...packageLayers,
		forbid('packages never import apps or tools', { path: '^packages/[^/]+/src/' }, { path: '^(apps|tools|tests)/' }),
		forbid(
			'apps and tools use the public entries of packages',
			{ path: '^(apps|tools|docs|tests)/', pathNot: isTest },
			{
				path: '^packages/[^/]+/src/',
				pathNot: '^packages/[^/]+/src/((memory|conformance|http|otel|testing)/)?index\\.ts$',
			},
		),
		forbid('model is pure', core('model'), core('ports', 'bus', 'handling', 'worker', 'memory', 'conformance', 'otel')),
		forbid(
			'ports know only the model',
			core('ports'),
			core('bus', 'handling', 'worker', 'memory', 'conformance', 'otel'),
		),
		forbid('model and ports use no Node built-ins', core('model', 'ports'), { dependencyTypes: ['core'] }),
		forbid(
			'memory, conformance and otel are leaves',
			{
				path: '^packages/[^/]+/src/',
				pathNot: '^packages/core/src/(memory|conformance|otel)/|\\.test\\.ts$',
			},
			core('memory', 'conformance', 'otel'),
		),
		forbid(
			'only pg talks to a driver',
			{ path: '^packages/(core|ops|process)/' },
			{ path: 'node_modules/(@types/)?pg/' },
		),
		forbid('production never imports tests', { pathNot: isTest }, { path: '\\.test\\.ts$|/test/' }),
		forbid('no cycles', {}, { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } }),
		forbid('every import resolves', {}, { couldNotResolve: true }),
	],
	options: {
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.base.json' },
		doNotFollow: { path: 'node_modules' },
		exclude: { path: '(^|/)(dist|\\.tsbuild|generated)/|\\.config\\.ts$' },
		enhancedResolveOptions: {
			exportsFields: ['exports'],
			conditionNames: ['@cb/source', 'types', 'import', 'default'],
		},
	},
};
