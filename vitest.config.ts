import { defineConfig } from 'vitest/config';
import { projects } from './tools/vitest.ts';

export default defineConfig({ test: { projects, teardownTimeout: 30_000 } });
