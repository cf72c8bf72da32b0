/** `@cb/core`: the model, the ports, and the runtime written against them. Every public name is listed here, one by one. */
export { domainQueues } from './model/ids.ts';
export type { CommandAddress, DomainQueues } from './model/ids.ts';
export { newId } from './model/new-id.ts';
export { DomainSchema, CommandTypeSchema, IdSchema, QueueNameSchema } from './model/ids.ts';
export { TimeSchema } from './model/time.ts';
export { findJsonProblem } from './model/json.ts';
export type { JsonObject, JsonProblem, JsonValue } from './model/json.ts';
export { auditEventTypes } from './model/audit-event.ts';
export type { AuditEvent, AuditEventType, ParkReason } from './model/audit-event.ts';
export {
	commandStatuses,
	commandTransitions,
	eventsBetween,
	isTerminal,
	terminalStatuses,
} from './model/command-status.ts';
export type {
	CommandEvent,
	CommandStatus,
	CommandTransition,
	MessageEffect,
	TerminalStatus,
} from './model/command-status.ts';
export type { CommandRecord, Lease, NewCommand, OnDuplicate, ReceivedCommand } from './model/command-record.ts';
export { errorFingerprint } from './model/error-fingerprint.ts';
export { exhaustedByRedelivery } from './model/error-record.ts';
export type { ErrorRecord, ErrorType } from './model/error-record.ts';
export {
	AnswerMessageSchema,
	MessageHeadersSchema,
	NoticeMessageSchema,
	ReplyMessageSchema,
	ReplyOutcomeSchema,
} from './model/message.ts';
export type {
	AnswerMessage,
	CommandMessage,
	MessageHeaders,
	NoticeMessage,
	ReplyMessage,
	ReplyOutcome,
} from './model/message.ts';
export {
	BackoffSchema,
	RetryOptionsSchema,
	backoffSeconds,
	defaultRetryPolicy,
	resolveRetryPolicy,
} from './model/retry-policy.ts';
export type { Backoff, PartialRetryPolicy, RetryOptions, RetryPolicy } from './model/retry-policy.ts';
export { batchStatuses, finishedBatchStatus, isBatchFinished } from './model/batch.ts';
export type { BatchCounts, BatchRecord, BatchStatus, NewBatch } from './model/batch.ts';
export { operatorActions } from './model/operator.ts';
export type { Amendment, Operator, OperatorAct, OperatorAction } from './model/operator.ts';
export type {
	CommandGeneration,
	ParkedError,
	TroubleshootingFilter,
	TroubleshootingGroup,
	TroubleshootingItem,
} from './model/troubleshooting-item.ts';
export { bulkItemStatuses, bulkStatuses } from './model/bulk.ts';
export type {
	BulkAction,
	BulkBreakdown,
	BulkCounts,
	BulkItem,
	BulkItemStatus,
	BulkRecord,
	BulkStatus,
} from './model/bulk.ts';
export {
	isProcessTerminal,
	processEventTypes,
	processStatuses,
	stepStatuses,
	terminalProcessStatuses,
} from './model/process.ts';
export type {
	PlannedUndo,
	ProcessEvent,
	ProcessEventType,
	ProcessRecord,
	ProcessStatus,
	StepOutcome,
	StepRecord,
	StepStatus,
} from './model/process.ts';
export { pruneKinds } from './model/retention.ts';
export type { PruneKind } from './model/retention.ts';
export { defaultPageLimit, maxPageLimit, pageCursor, parsePageRequest } from './model/page.ts';
export type { CursorKey, Page, PageRequest, ParsedPageRequest } from './model/page.ts';
export type { Backend } from './ports/backend.ts';
export type { BatchAddress, BatchEvent, BatchFilter, BatchStore, OpenBatchOutcome } from './ports/batch-store.ts';
export type { Clock } from './ports/clock.ts';
export type { CommandFilter, CommandQuery } from './ports/command-query.ts';
export type {
	AcceptOutcome,
	CancelOutcome,
	CommandStore,
	ExistingCommand,
	ReceiveRequest,
	ReceiveResult,
	SettleOutcome,
	Settlement,
} from './ports/command-store.ts';
export { activitySampleSize } from './ports/domain-store.ts';
export type {
	DomainActivity,
	DomainRecord,
	DomainStatistics,
	DomainStore,
	LatencyQuantiles,
} from './ports/domain-store.ts';
export type { ExpiredAudit, MaintenanceStore, PruneRequest, PruneResult } from './ports/maintenance-store.ts';
export type {
	AdvanceOutcome,
	LoadedProcess,
	NewProcess,
	NewProcessBatch,
	NewProcessEvent,
	ProcessAdvance,
	ProcessBatchRecord,
	ProcessFilter,
	ProcessStore,
	StartOutcome,
	StepCommand,
	StepUpdate,
} from './ports/process-store.ts';
export type { ReceivedReply, ReplyChannel, ReplyLease, UnhandledReply } from './ports/reply-channel.ts';
export type {
	HandlerOutcome,
	Logger,
	SettledOutcome,
	Telemetry,
	TelemetryEvent,
	TracedWork,
	WorkAttributes,
} from './ports/telemetry.ts';
export type {
	ActOutcome,
	BulkMove,
	FrozenBulk,
	OperatorRequest,
	StartBulkOutcome,
	TroubleshootingStore,
} from './ports/troubleshooting-store.ts';
export type { WakeSignal, WakeSubscription, WakeTopic } from './ports/wake-signal.ts';
export {
	BatchNotFoundError,
	BulkNotFoundError,
	BusinessRuleError,
	ChunkRefusedError,
	CommandBusError,
	CommandNotFoundError,
	ConfigurationError,
	ConflictError,
	DefinitionInvalidError,
	DomainNotFoundError,
	DuplicateBatchError,
	DuplicateCommandError,
	HandlerAlreadyRegisteredError,
	InvalidArgumentError,
	InvalidOperationError,
	LeaseLostError,
	NotAuthorizedError,
	PayloadInvalidError,
	PayloadTooLargeError,
	PermanentCommandError,
	ProcessNotFoundError,
	ReplyQueueNotFoundError,
	SchemaMismatchError,
	StaleProcessError,
	StoreError,
	TransientCommandError,
	WaitTimedOutError,
	isCommandBusError,
	isVerdict,
} from './errors.ts';
export type { ErrorCode, Issue, StoreErrorReason } from './errors.ts';
export { defineCommand } from './bus/define-command.ts';
export type { AnyResult, CommandDefinition, CommandDefinitionOptions } from './bus/define-command.ts';
export { commandRequest } from './bus/command-request.ts';
export type { CommandOptions, CommandRequest } from './bus/command-request.ts';
export { createCommandBus } from './bus/command-bus.ts';
export type { CommandBus, CommandBusOptions, SendOptions } from './bus/command-bus.ts';
export type { BatchListener } from './bus/batch-listener.ts';
export type { CancelOptions } from './bus/cancel.ts';
export type { BatchReceipt, CreateBatchOptions } from './bus/create-batch.ts';
export type { Receipt } from './bus/receipt.ts';
export type { SendManyOptions } from './bus/send.ts';
export type { CoalescingOptions } from './bus/send-coalescer.ts';
export type { CommandOutcome, WaitOptions } from './bus/wait-for.ts';
export type { Command, Handler, HandlerContext } from './handling/handler.ts';
export { createHandlers } from './handling/handler-registry.ts';
export type {
	HandlerLookup,
	HandlerOptions,
	Handlers,
	HandlersOptions,
	RegisteredHandler,
	UnknownTypePolicy,
} from './handling/handler-registry.ts';
export { createWorker } from './worker/worker.ts';
export type { StopOptions, Worker } from './worker/worker.ts';
export type { StopReport } from './worker/stop.ts';
export type { WorkerHealth, WorkerState } from './worker/health.ts';
export type { WorkerOptions } from './worker/worker-options.ts';
export { createSystemClock } from './system-clock.ts';
/** For the packages of this family: one way to parse what comes in, to check what is to be stored, and to tell a listener. */
export { issueText, parseArgument, parseConfiguration } from './parse-input.ts';
export { checkStorable, validateData, validateStorable } from './bus/validate-data.ts';
export type { Validated } from './bus/validate-data.ts';
export { prepareCommand } from './bus/prepare-command.ts';
export type { PrepareOptions, PreparedCommand } from './bus/prepare-command.ts';
export { refusalOf } from './bus/refusal.ts';
export { createBell } from './bell.ts';
export type { Bell } from './bell.ts';
export { combineTelemetry } from './combine-telemetry.ts';
export { createLoggingTelemetry, logLevelOf } from './logging-telemetry.ts';
export type { LogLevel } from './logging-telemetry.ts';
export { carriedHeaders, emit, traced } from './safe-telemetry.ts';
export { HealthTracker } from './worker/health.ts';
export type { HealthTrackerOptions, Vitality } from './worker/health.ts';
export { reconnectDelayMs } from './worker/reconnect-delay.ts';
