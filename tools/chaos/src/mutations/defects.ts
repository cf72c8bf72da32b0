/** Defects of the adapter that a child can be given, to prove that what they break is found. */
import type { PgBackend } from '@cb/pg';
import type { ParsedChildSettings } from '../children/settings.ts';

/** The backend as it is, unless the child was told to have a defect. */
export function defective(backend: PgBackend, { defect }: ParsedChildSettings): PgBackend {
	if (defect === undefined) return backend;
	throw new Error(`There is no defect "${defect}".`);
}
