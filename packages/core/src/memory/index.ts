/** `@cb/core/memory`: the complete in-memory adapter, for tests and examples. Every public name is listed here, one by one. */
export { createInMemoryBackend } from './backend.ts';
export type { InMemoryBackend, InMemoryBackendOptions } from './backend.ts';
export { createInMemorySubject } from './subject.ts';
export type { InMemorySubject } from './subject.ts';
export { createManualClock } from './manual-clock.ts';
export type { ManualClock } from './manual-clock.ts';
export type { MemoryTransaction } from './state.ts';
