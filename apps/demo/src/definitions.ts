/** The process definitions of the demo, for programs that draw, start or override its processes, such as `cb process`. */
export { PaymentOrder } from './orders/payment-order.ts';
export { StatementReport } from './reporting/statement-report.ts';
