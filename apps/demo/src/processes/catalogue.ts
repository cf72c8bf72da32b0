/** Every process and every command of the demo. */
import type { CommandDefinition } from '@cb/core';
import type { ProcessDefinition } from '@cb/process';
import { ordersDomain } from '../orders/commands.ts';
import { PaymentOrder, StatementReport } from '../definitions.ts';
import { CreditAccount, DebitAccount, RefundAccount, paymentsDomain } from '../payments/commands.ts';
import { reportingDomain } from '../reporting/commands.ts';

export const domains = [paymentsDomain, ordersDomain, reportingDomain] as const;

export const processDefinitions: readonly ProcessDefinition[] = [StatementReport, PaymentOrder];

/** What amended payloads and operators' results are checked against. */
export const commandDefinitions: readonly CommandDefinition[] = [
	DebitAccount,
	CreditAccount,
	RefundAccount,
	...processDefinitions.flatMap(({ steps }) => steps.map(({ command }) => command)),
];
