/** `@cb/process`: sagas over commands and their replies. Every public name is listed here, one by one. */
export { defineProcess } from './define-process.ts';
export type {
	Choice,
	DataOf,
	EndOfProcess,
	NextStep,
	ProcessDefinition,
	ProcessOptions,
	ProcessView,
	ResultOf,
	StepCommandContent,
	StepCommandOptions,
	StepDefinition,
	StepOutline,
	StepReply,
} from './process-definition.ts';
export { commandsOf, resultSchemaLookup } from './definition-registry.ts';
export { createProcessManager } from './process-manager.ts';
export type { ProcessManager } from './process-manager.ts';
export type { OverrideOptions, ProcessManagerOptions, StartManyOptions, StartOptions } from './manager-options.ts';
export type { OverrideReceipt } from './override-process.ts';
export type { StartManyReceipt, StartReceipt } from './start-process.ts';
export { processDiagram } from './process-diagram.ts';
export { createReplyRouter } from './router/reply-router.ts';
export type { ReplyRouter, RouterHealth, RouterStopOptions } from './router/reply-router.ts';
export type { ReplyRouterOptions } from './router/router-options.ts';
