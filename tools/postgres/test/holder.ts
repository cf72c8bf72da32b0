/** A program for the tests: starts a server, says where it is, and then does what its argument says. */
import { startPostgres } from '../src/index.ts';

const server = await startPostgres({});
console.log(JSON.stringify({ pid: process.pid, url: server.url }));

switch (process.argv[2]) {
	case 'throw':
		throw new TypeError('a crash that nobody catches');
	case 'return':
		break;
	case 'exit':
		process.exit(3);
	default:
		setInterval(() => undefined, 1000);
}
