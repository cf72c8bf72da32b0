/** What goes wrong with a run itself, as opposed to what a run finds. */
export class ChaosError extends Error {
	override readonly name = 'ChaosError';
}
