import { z } from '@hono/zod-openapi';

export const AccountIdSchema = z
	.string()
	.regex(/^[A-Za-z0-9:-]{1,64}$/, 'an account id has up to 64 letters, digits, : and -');
