/** Times and spans as people read them: one unit for a glance, UTC where it must be exact. */
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** `45s`, `12m`, `3h`, `8d`: the largest unit of which there are at least two. */
export function spanText(seconds: number): string {
	const whole = Math.max(0, Math.floor(seconds));
	if (whole < 2 * minute) return `${String(whole)}s`;
	if (whole < 2 * hour) return `${String(Math.floor(whole / minute))}m`;
	if (whole < 2 * day) return `${String(Math.floor(whole / hour))}h`;
	return `${String(Math.floor(whole / day))}d`;
}

export function ageText(at: Date, now: Date): string {
	return spanText((now.getTime() - at.getTime()) / 1_000);
}

/** `2026-03-01 09:15:02.120Z`: sorts, and is the same on every machine. */
export function momentText(at: Date): string {
	return at.toISOString().replace('T', ' ');
}

/** `2026-03-01 09:15:02Z, 12m ago`. */
export function momentWithAge(at: Date, now: Date): string {
	const moment = momentText(at).replace(/\.\d+Z$/u, 'Z');
	return at > now ? moment : `${moment}, ${ageText(at, now)} ago`;
}
