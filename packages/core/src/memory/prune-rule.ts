/** What retention knows of one kind. */
import type { CommandRow } from './rows.ts';
import type { Step } from './state.ts';

export interface Rule<Item> {
	all(step: Step): Iterable<Item>;
	/** What chunks are ordered by; nothing is over before this lies behind the cutoff. */
	since(item: Item): Date;
	/** Tells items of one time apart. */
	idOf(item: Item): string;
	isOver(step: Step, item: Item, cutoff: Date): boolean;
	/** Returns how many rows went. */
	remove(step: Step, item: Item): number;
}

/** Of things that are over as soon as they are old. */
export function ageRule<Item>(rule: Omit<Rule<Item>, 'isOver'>): Rule<Item> {
	return { ...rule, isOver: () => true };
}

export function domainsOf(step: Step): readonly string[] {
	return [...step.in('domains').all()].map(({ domain }) => domain);
}

export function commandsOf(step: Step): readonly CommandRow[] {
	return domainsOf(step).flatMap((domain) => [...step.in('commands', domain).all()]);
}
