/** Programs die or stand still, at any step. Dead ones are started again by and by. */
import type { Dice } from '../engine/dice.ts';
import type { World } from '../world.ts';

export function startAccidents(world: World): void {
	const dice = world.dice.fork();
	const { clock } = world.newProgram({ name: 'accidents' });
	world.script('accidents', async () => {
		for (let left = world.scenario.accidents; left > 0; left--) {
			await clock.sleep(dice.between(50, 5_000));
			await happen(world, dice, (milliseconds) => clock.sleep(milliseconds));
		}
	});
}

async function happen(world: World, dice: Dice, pass: (milliseconds: number) => Promise<void>): Promise<void> {
	const { components } = world;
	const victim = dice.pick([...components]);
	if (dice.chance(0.4)) {
		victim.program.stall(dice.between(500, 12_000));
		return;
	}
	victim.program.crash();
	components.delete(victim);
	await pass(dice.between(0, 3_000));
	victim.restart();
}
