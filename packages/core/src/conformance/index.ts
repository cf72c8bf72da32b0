/**
 * `@cb/core/conformance`: the contract of the ports as executable suites. An adapter is done when all of them pass; there is no list of
 * exceptions. Needs vitest, which runs them.
 */
import { commandAcceptSuite } from './command-accept.suite.ts';
import { commandCancelSuite } from './command-cancel.suite.ts';
import { commandLeaseSuite } from './command-lease.suite.ts';
import { commandReceiveSuite } from './command-receive.suite.ts';
import { commandSettleSuite } from './command-settle.suite.ts';
import { commandStatusSuite } from './command-status.suite.ts';
import { commandTransactionSuite } from './command-transaction.suite.ts';
import type { OpenSubject } from './subject.ts';

export type { BackendSubject, OpenSubject, StoredMessage } from './subject.ts';
export {
	commandAcceptSuite,
	commandCancelSuite,
	commandLeaseSuite,
	commandReceiveSuite,
	commandSettleSuite,
	commandStatusSuite,
	commandTransactionSuite,
};

/** Every suite. `name` stands before each test; `open` is called once per test and its subject closed afterwards. */
export function backendConformance(name: string, open: OpenSubject): void {
	commandAcceptSuite(name, open);
	commandReceiveSuite(name, open);
	commandLeaseSuite(name, open);
	commandSettleSuite(name, open);
	commandTransactionSuite(name, open);
	commandCancelSuite(name, open);
	commandStatusSuite(name, open);
}
