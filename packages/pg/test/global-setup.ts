import { providePostgres } from '@cb/test-postgres/global-setup';
import { migrate } from '../src/migrate.ts';

/** One server per run; every test file copies the template that this prepares. */
export default providePostgres(async (url) => {
	await migrate(url);
});
