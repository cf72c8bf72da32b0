/** Stands in for the `uuid` package, so that a run makes the same ids each time. Like UUIDs of version 7, they sort as they were made. */
let made = 0;

export function v7(): string {
	made += 1;
	return `01900000-0000-7000-8000-${made.toString(16).padStart(12, '0')}`;
}

/** Begins again with the first id. */
export function restartIds(): void {
	made = 0;
}
