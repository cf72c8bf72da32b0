/**
 * `@cb/core/conformance`: the contract of the ports as executable suites. An adapter is done when all of them pass; there is no list of
 * exceptions. Needs vitest, which runs them.
 */
import { batchOpenSuite } from './batch-open.suite.ts';
import { batchProgressSuite } from './batch-progress.suite.ts';
import { bulkSuite } from './bulk.suite.ts';
import { commandAcceptAloneSuite } from './command-accept-alone.suite.ts';
import { commandAcceptSuite } from './command-accept.suite.ts';
import { commandCancelSuite } from './command-cancel.suite.ts';
import { commandLeaseSuite } from './command-lease.suite.ts';
import { commandQuerySuite } from './command-query.suite.ts';
import { commandReceiveSuite } from './command-receive.suite.ts';
import { commandSettleSuite } from './command-settle.suite.ts';
import { commandStatusSuite } from './command-status.suite.ts';
import { commandTransactionSuite } from './command-transaction.suite.ts';
import { domainStoreSuite } from './domain-store.suite.ts';
import { processAdvanceSuite } from './process-advance.suite.ts';
import { processStartSuite } from './process-start.suite.ts';
import { randomWalkSuite } from './random-walk.suite.ts';
import { replyChannelSuite } from './reply-channel.suite.ts';
import { retentionCommandsSuite } from './retention-commands.suite.ts';
import { retentionOthersSuite } from './retention-others.suite.ts';
import { troubleshootingActSuite } from './troubleshooting-act.suite.ts';
import { troubleshootingConflictSuite } from './troubleshooting-conflict.suite.ts';
import { troubleshootingListSuite } from './troubleshooting-list.suite.ts';
import { wakeSignalSuite } from './wake-signal.suite.ts';
import type { OpenSubject } from './subject.ts';

export type { BackendSubject, OpenSubject, StoredMessage } from './subject.ts';
export {
	batchOpenSuite,
	batchProgressSuite,
	bulkSuite,
	commandAcceptAloneSuite,
	commandAcceptSuite,
	commandCancelSuite,
	commandLeaseSuite,
	commandQuerySuite,
	commandReceiveSuite,
	commandSettleSuite,
	commandStatusSuite,
	commandTransactionSuite,
	domainStoreSuite,
	processAdvanceSuite,
	processStartSuite,
	randomWalkSuite,
	replyChannelSuite,
	retentionCommandsSuite,
	retentionOthersSuite,
	troubleshootingActSuite,
	troubleshootingConflictSuite,
	troubleshootingListSuite,
	wakeSignalSuite,
};

/** Every suite. `name` stands before each test; `open` is called once per test and its subject closed afterwards. */
export function backendConformance(name: string, open: OpenSubject): void {
	domainStoreSuite(name, open);
	commandAcceptSuite(name, open);
	commandAcceptAloneSuite(name, open);
	commandReceiveSuite(name, open);
	commandLeaseSuite(name, open);
	commandSettleSuite(name, open);
	commandTransactionSuite(name, open);
	commandCancelSuite(name, open);
	commandStatusSuite(name, open);
	commandQuerySuite(name, open);
	batchOpenSuite(name, open);
	batchProgressSuite(name, open);
	troubleshootingListSuite(name, open);
	troubleshootingActSuite(name, open);
	troubleshootingConflictSuite(name, open);
	bulkSuite(name, open);
	processStartSuite(name, open);
	processAdvanceSuite(name, open);
	replyChannelSuite(name, open);
	retentionCommandsSuite(name, open);
	retentionOthersSuite(name, open);
	wakeSignalSuite(name, open);
	randomWalkSuite(name, open);
}
