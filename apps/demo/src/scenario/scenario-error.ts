/** The scenario itself could not go on; says nothing about the invariants. */
export class ScenarioError extends Error {
	override readonly name = 'ScenarioError';
}
