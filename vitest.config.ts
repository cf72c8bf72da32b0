import { execFileSync } from 'node:child_process';
import { defineConfig } from 'vitest/config';
import { projects } from './tools/vitest.ts';

// Tests run on sources, and some of those are made from SQL files that may have changed since.
execFileSync(process.execPath, ['scripts/embed-sql.ts'], {
	cwd: new URL('packages/pg', import.meta.url),
	stdio: 'inherit',
});

export default defineConfig({ test: { projects, teardownTimeout: 30_000 } });
