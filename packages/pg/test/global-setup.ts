import { providePostgres } from '@cb/test-postgres/global-setup';

/** One server per run; every test file copies the template that this prepares. */
export default providePostgres(() => Promise.resolve());
