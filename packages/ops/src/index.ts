/** `@cb/ops`: what an operator may do to the parked work of a command bus. Every public name is listed here, one by one. */
export { createTroubleshootingQueue } from './troubleshooting-queue.ts';
export type { TroubleshootingQueue, TroubleshootingQueueOptions } from './troubleshooting-queue.ts';
export type { Looks } from './look.ts';
export type { ActOptions, Acts } from './acts.ts';
export type { ActResult } from './act-outcome.ts';
export type { AmendRequest, CancelRequest, CompleteRequest, RetryRequest } from './act-request.ts';
export type { ActingOperator } from './operator.ts';
export type { ItemQuery } from './item-filter.ts';
export { diffOf, patched } from './json-patch.ts';
export type { PatchOperation } from './json-patch.ts';
export type { CommandDetails } from './redacted-view.ts';
export type { BulkPreview, Bulks } from './bulk.ts';
export type { PreviewRequest, ResultsQuery } from './bulk-request.ts';
export type { BulkRun, RunOptions } from './bulk-run.ts';
export { createBulkRunner } from './bulk-runner.ts';
export type { BulkRunner, BulkRunnerHealth, BulkRunnerOptions } from './bulk-runner.ts';
export { defaultHealthThresholds, healthKinds, queueHealth, severities } from './queue-health.ts';
export type {
	HealthFinding,
	HealthKind,
	HealthThresholds,
	QueueHealthOptions,
	QueueHealthReport,
	Severity,
	Threshold,
} from './queue-health.ts';
export { createMaintenance } from './maintenance.ts';
export type { Maintenance, MaintenanceHealth, MaintenanceOptions } from './maintenance.ts';
export type { PruneCounts, PruneProgress, PruneReport, PruneRunOptions } from './prune-run.ts';
export type { Retention } from './retention.ts';
export { auditLines } from './audit-sink.ts';
export type { AuditSink } from './audit-sink.ts';
export { operatorIntents } from './authorization.ts';
export type { Authorize, AuthorizedItem, OperatorIntent } from './authorization.ts';
export { hasRole, roleAuthorizer, rolePermissions, roles } from './roles.ts';
export type { Role, RoleSource } from './roles.ts';
export { redactFields, redactedMark } from './redaction.ts';
export type { Redact, RedactFieldsOptions, RedactionContext } from './redaction.ts';
