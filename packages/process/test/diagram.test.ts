import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineProcess, processDiagram } from '../src/index.ts';
import { SendMail, Trip } from './trip.ts';
import { openWorld } from './world.ts';

describe('processDiagram', () => {
	it('draws a definition: steps, commands, ways and undos', () => {
		expect(processDiagram(Trip)).toBe(`flowchart TD
	start(["Trip"])
	step0["BOOK_HOTEL<br/>trips/BookHotel"]
	step1["BOOK_FLIGHT<br/>trips/BookFlight"]
	step2["CHARGE<br/>trips/ChargeCard"]
	step3["MAIL<br/>trips/SendMail"]
	step4[/"CANCEL_HOTEL<br/>trips/CancelHotel"/]
	step5[/"CANCEL_FLIGHT<br/>trips/CancelFlight"/]
	step6[/"REFUND<br/>trips/RefundCard"/]
	finish(["end"])
	start --> step0
	step0 --> step1
	step0 -. undo .-> step4
	step1 --> step2
	step1 -. undo .-> step5
	step2 --> step3
	step2 -. undo .-> step6
	step3 --> finish
`);
	});

	it('draws what functions decide as open', () => {
		const definition = defineProcess({
			type: 'Open',
			domain: 'trips',
			input: z.object({}),
			state: z.object({}),
			initialState: () => ({}),
			first: () => 'A',
			steps: {
				A: { definition: SendMail, command: () => ({ data: { to: '' } }), next: () => 'end', compensation: () => 'B' },
				B: { definition: SendMail, command: () => ({ data: { to: '' } }) },
			},
		});

		const lines = processDiagram(definition)
			.split('\n')
			.map((line) => line.trim());

		expect(lines).toContain('start -. "decided by the state" .-> anyStep{"?"}');
		expect(lines).toContain('step0 --> step0Next{"?"}');
		expect(lines).toContain('step0 -. undo .-> step0Undo{"?"}');
	});

	it('draws one process: what is done, undone, failed, parked and awaited', async () => {
		const world = await openWorld();
		const processId = await world.start();
		await world.run({ SendMail: { parks: 'NO_ADDRESS' } });
		const parked = processDiagram(Trip, await world.load(processId));
		await world.operate(processId, 'MAIL', { action: 'cancel', reason: 'given up' });
		await world.work({ RefundCard: { fails: 'TOO_LATE' } });
		const compensating = processDiagram(Trip, await world.load(processId));

		expect(parked).toContain('step3["MAIL<br/>trips/SendMail<br/>PARKED: NO_ADDRESS"]');
		expect(parked).toContain('finish(["WAITING_FOR_TSQ: NO_ADDRESS"])');
		expect(parked).toContain('class step3 parked');
		expect(parked).toContain('class step2 done');
		expect(compensating).toContain('finish(["COMPENSATING: CANCELED, 1 compensation errors"])');
		expect(compensating).toContain('class step6 failed');
		expect(compensating).toContain('class step5 awaited');
		await world.run();
		expect(processDiagram(Trip, await world.load(processId))).toContain('class step0 undone');
	});
});
