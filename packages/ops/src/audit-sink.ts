/** Where audit goes before it is removed. */
import type { Writable } from 'node:stream';
import type { AuditEvent } from '@cb/core';

/**
 * Takes a chunk of audit. What it was given is removed once it resolves, so it must have stored it by then; when it rejects, nothing is. After a
 * crash in between it gets the same events again: tell them apart by `sequence`.
 */
export type AuditSink = (events: readonly AuditEvent[]) => Promise<void>;

/** One JSON object per line, each ended by a line feed. */
export function auditLines(events: readonly AuditEvent[]): string {
	return events.map((event) => `${JSON.stringify(event)}\n`).join('');
}

/** A stream gets JSON lines, and confirms a chunk by its write callback. */
export function auditSinkOf(target: AuditSink | Writable): AuditSink {
	if (typeof target === 'function') return target;
	return (events) =>
		new Promise((resolve, reject) => {
			const fail = (error: Error): void => {
				reject(error);
			};
			target.once('error', fail);
			target.write(auditLines(events), (error) => {
				target.removeListener('error', fail);
				if (error) reject(error);
				else resolve();
			});
		});
}
