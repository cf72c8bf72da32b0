import { defineConfig, type Options } from 'tsup';

type Configuration = ReturnType<typeof defineConfig>;

const shared: Options = {
	format: ['esm'],
	target: 'node22',
	platform: 'node',
	clean: true,
	sourcemap: true,
	treeshake: true,
	outDir: 'dist',
};

/** The build of a published package: one bundle per public entry, with declarations. */
export function buildPackage(entry: Record<string, string>): Configuration {
	return defineConfig({
		...shared,
		entry,
		// Declarations are made against the built declarations of the other packages, as a user sees them.
		dts: { compilerOptions: { composite: false, incremental: false, customConditions: [] } },
	});
}

/** The build of an application: one runnable file, no declarations. */
export function buildApplication(entry: Record<string, string>): Configuration {
	return defineConfig({ ...shared, entry, dts: false });
}
