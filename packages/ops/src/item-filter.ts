/** What one may ask of a list: the filter and the page, shared by code, CLI and HTTP. Unknown fields are refused, never ignored. */
import { CommandTypeSchema, DomainSchema, IdSchema, TimeSchema, maxPageLimit, parseArgument } from '@cb/core';
import type { CommandAddress, PageRequest, TroubleshootingFilter } from '@cb/core';
import { z } from 'zod';
import { storableText } from './storable-text.ts';

/** PostgreSQL's largest integer. */
export const maxInteger = 2_147_483_647;

/** A filter and a page in one object. */
export type ItemQuery = TroubleshootingFilter & PageRequest;

/** The fields of a filter; `time` says how a moment is written: a Date in code, text over HTTP. */
export function filterFields<Time extends z.ZodType<Date>>(time: Time): FilterFields<Time> {
	return {
		domain: DomainSchema.optional(),
		commandType: CommandTypeSchema.optional(),
		errorCode: storableText('an error code', 200).optional(),
		fingerprint: z
			.string()
			.regex(/^[0-9a-f]{16}$/, 'a fingerprint is 16 hexadecimal digits')
			.optional(),
		parkedFrom: time.optional(),
		parkedTo: time.optional(),
		createdFrom: time.optional(),
		createdTo: time.optional(),
		text: IdSchema.optional(),
	};
}

type OptionalText = z.ZodOptional<z.ZodString>;

interface FilterFields<Time extends z.ZodType<Date>> {
	domain: OptionalText;
	commandType: OptionalText;
	errorCode: OptionalText;
	fingerprint: OptionalText;
	parkedFrom: z.ZodOptional<Time>;
	parkedTo: z.ZodOptional<Time>;
	createdFrom: z.ZodOptional<Time>;
	createdTo: z.ZodOptional<Time>;
	/** A command, correlation, batch or process id. */
	text: z.ZodOptional<typeof IdSchema>;
}

/** The fields of a page; `count` says how a number is written. */
export function pageFields<Count extends z.ZodType<number>>(limit: Count, offset: Count): PageFields<Count> {
	return { limit: limit.optional(), cursor: z.string().min(1).max(2_000).optional(), offset: offset.optional() };
}

interface PageFields<Count extends z.ZodType<number>> {
	limit: z.ZodOptional<Count>;
	cursor: OptionalText;
	offset: z.ZodOptional<Count>;
}

/** Refuses what can never be meant: two ways to page at once, and a range that ends before it begins. */
export function checkQuery(query: ItemQuery, context: z.RefinementCtx): void {
	if (query.cursor !== undefined && query.offset !== undefined) {
		context.addIssue({ code: 'custom', path: ['offset'], message: 'say cursor or offset, not both' });
	}
	if (isReversed(query.parkedFrom, query.parkedTo)) {
		context.addIssue({ code: 'custom', path: ['parkedTo'], message: 'lies before parkedFrom' });
	}
	if (isReversed(query.createdFrom, query.createdTo)) {
		context.addIssue({ code: 'custom', path: ['createdTo'], message: 'lies before createdFrom' });
	}
}

function isReversed(from: Date | undefined, to: Date | undefined): boolean {
	return from !== undefined && to !== undefined && from > to;
}

const filterInCode = filterFields(TimeSchema);
const pageInCode = pageFields(z.number().int().min(1).max(maxPageLimit), z.number().int().min(0).max(maxInteger));

export const TroubleshootingFilterSchema = z.strictObject(filterInCode).superRefine(checkQuery);
export const PageRequestSchema = z.strictObject(pageInCode).superRefine(checkQuery);
const ItemQuerySchema = z.strictObject({ ...filterInCode, ...pageInCode }).superRefine(checkQuery);

export function parseFilter(filter: TroubleshootingFilter): TroubleshootingFilter {
	return parseArgument(TroubleshootingFilterSchema, filter, 'The filter');
}

export function parsePage(page: PageRequest): PageRequest {
	return parseArgument(PageRequestSchema, page, 'The page');
}

export function parseItemQuery(query: ItemQuery): {
	readonly filter: TroubleshootingFilter;
	readonly page: PageRequest;
} {
	const { limit, cursor, offset, ...filter } = parseArgument(ItemQuerySchema, query, 'The query');
	return { filter, page: { limit, cursor, offset } };
}

export const AddressSchema = z.strictObject({ domain: DomainSchema, commandId: IdSchema });

export function parseAddress(address: CommandAddress): CommandAddress {
	return parseArgument(AddressSchema, { domain: address.domain, commandId: address.commandId }, 'The address');
}
