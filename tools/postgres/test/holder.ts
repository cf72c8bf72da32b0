/** A program for the tests: starts a server, says where it is, and then does what its argument says. */
import { startPostgres } from '../src/index.ts';

const server = await startPostgres({});
console.log(JSON.stringify({ pid: process.pid, url: server.url }));

const behaviour = process.argv[2];
if (behaviour === 'throw') throw new TypeError('a crash that nobody catches');
if (behaviour === 'exit') process.exit(3);
if (behaviour === 'wait') setInterval(() => undefined, 1000);
