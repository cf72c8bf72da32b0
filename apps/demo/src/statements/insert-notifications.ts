/** Leaves a notification for each account. */
import type { Queryable } from '@cb/pg';

const text = `
	insert into demo.notification (command_id, order_id, account_id, text)
	select $1::uuid, $2::uuid, a.account_id, $4::text
	from unnest($3::text[]) as a (account_id)`;

export interface NewNotifications {
	readonly commandId: string;
	readonly orderId: string;
	readonly accountIds: readonly string[];
	readonly text: string;
}

export async function insertNotifications(tx: Queryable, notifications: NewNotifications): Promise<void> {
	const { commandId, orderId, accountIds, text: message } = notifications;
	await tx.query(text, [commandId, orderId, accountIds, message]);
}
