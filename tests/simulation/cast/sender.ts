/** Programs that send in every way there is, note what they are told, and compare it with the store at once. */
import { commandRequest, createCommandBus, isCommandBusError, isTerminal } from '@cb/core';
import type { CommandBus, CommandRequest, Receipt } from '@cb/core';
import type { MemoryTransaction } from '@cb/core/memory';
import { v7 as newId } from 'uuid';
import type { Dice } from '../engine/dice.ts';
import { startOrder } from './order-desk.ts';
import type { Program } from '../engine/program.ts';
import { simulatedBackend } from '../engine/simulated-backend.ts';
import { Charge, Riddle, Transfer, domain, doneQueue } from './shop.ts';
import type { ShopCommand } from './shop.ts';
import type { World } from '../world.ts';
import { domainQueues } from '@cb/core';

interface Sender {
	readonly world: World;
	readonly program: Program;
	readonly dice: Dice;
	readonly bus: CommandBus<MemoryTransaction>;
	/** Ids that somebody has tried to send. */
	readonly tried: string[];
}

type Move = (sender: Sender) => Promise<void>;

export function startSenders(world: World): void {
	for (const [index, moveCount] of world.scenario.senders.entries()) startSender(world, index + 1, moveCount);
}

function startSender(world: World, number: number, moveCount: number): void {
	const dice = world.dice.fork();
	const program = world.newProgram({ name: `sender ${number}`, skewMs: dice.pick([0, 7_200_000]) });
	const backend = simulatedBackend(program, world.backend);
	const coalescing = { maxInFlight: dice.between(1, 2), maxSize: dice.between(1, 3) };
	const bus = createCommandBus(backend, { coalescing });
	const sender: Sender = { world, program, dice, bus, tried: [] };
	const order: Move = () => startOrder(world, backend, dice);
	const hasRouters = world.scenario.routers.length > 0;
	const possible = hasRouters ? [...moves, ...moves.map(() => order)] : moves;
	world.buses.add(bus);
	world.script(program.name, async () => {
		for (let left = moveCount; left > 0; left--) {
			await program.clock.sleep(dice.pick([0, 0, 30, 700, 2_500]));
			await dice.pick(possible)(sender);
		}
	});
}

const moves: readonly Move[] = [
	sendOne,
	sendOne,
	sendSome,
	sendTwice,
	sendUntilStored,
	sendSet,
	sendBatch,
	sendBatch,
	sendInTransaction,
	sendAndWait,
	cancelOne,
];

async function sendOne(sender: Sender): Promise<void> {
	const request = aRequest(sender);
	await noted(sender, request, send(sender, request));
}

/** At the same time, so that they share a transaction. */
async function sendSome(sender: Sender): Promise<void> {
	const requests = [1, 2, 3].map(() => aRequest(sender));
	await Promise.all(requests.map((request) => noted(sender, request, send(sender, request))));
}

async function sendTwice(sender: Sender): Promise<void> {
	const request = aRequest(sender);
	await Promise.all([1, 2].map(() => noted(sender, request, send(sender, request))));
}

/** What somebody does who must know: again, with the same id, until the store has said that it is there. */
async function sendUntilStored(sender: Sender): Promise<void> {
	const request = aRequest(sender);
	const again = { ...request, options: { ...request.options, onDuplicate: 'return-existing' } } as const;
	for (let tries = 0; tries < 20; tries++) {
		if (await noted(sender, again, send(sender, again))) return;
		await sender.program.clock.sleep(200);
	}
}

async function sendSet(sender: Sender): Promise<void> {
	const requests = withNamesake(sender, [aRequest(sender), aRequest(sender), aRequest(sender)]);
	const { world, bus } = sender;
	try {
		const receipts = await bus.sendMany(requests, { chunkSize: 2 });
		for (const receipt of receipts) await noteReceipt(world, receipt);
	} catch (error) {
		const storedCount = isCommandBusError(error, 'chunk-refused') ? error.storedCount : 0;
		for (const [index, request] of requests.entries()) {
			if (index < storedCount) world.ledger.sendsOf(idOf(request)).accepted += 1;
			else noteRefusal(world, request, error);
		}
	}
}

async function sendBatch(sender: Sender): Promise<void> {
	const { world, bus, dice } = sender;
	const commands = withNamesake(sender, [aRequest(sender), aRequest(sender)]);
	const batchId = newId();
	try {
		const receipt = await bus.createBatch({ commands, batchId, completionQueue: doneQueue });
		for (const member of receipt.commands) await noteReceipt(world, member);
		if (dice.chance(0.5)) return;
		world.ledger.batchCalls.set(batchId, 0);
		bus.onBatchFinished({ domain, batchId }, () => {
			world.ledger.batchCalls.set(batchId, (world.ledger.batchCalls.get(batchId) ?? 0) + 1);
		});
	} catch (error) {
		for (const request of commands) noteRefusal(world, request, error);
	}
}

/** In a transaction of the sender's own, which may come to nothing. */
async function sendInTransaction(sender: Sender): Promise<void> {
	const { world, program, dice } = sender;
	const request = aRequest(sender);
	const rollsBack = dice.chance(0.3);
	const work = async (tx: MemoryTransaction): Promise<Receipt> => {
		const receipt = await send(sender, request, tx);
		if (rollsBack) throw new RangeError('rolled back');
		return receipt;
	};
	try {
		const receipt = await program.call('transaction', () =>
			world.subject.transaction((tx) => program.work('transaction', () => work(tx))),
		);
		await noteReceipt(world, receipt);
	} catch (error) {
		if (error instanceof RangeError) world.ledger.sendsOf(idOf(request)).refused += 1;
		else noteRefusal(world, request, error);
	}
}

async function sendAndWait(sender: Sender): Promise<void> {
	const { world, bus, dice } = sender;
	const request = aRequest(sender);
	if (!(await noted(sender, request, send(sender, request)))) return;
	const address = { domain, commandId: idOf(request) };
	try {
		const { status } = await bus.waitFor(address, { timeoutMs: 8_000, until: dice.pick(['settled', 'terminal']) });
		const record = await world.record(address);
		if (isTerminal(status) && record?.status !== status) {
			world.violated(`waiting for ${address.commandId} said ${status}, it is ${String(record?.status)}`);
		}
	} catch (error) {
		if (!isCommandBusError(error, 'wait-timed-out')) world.violated(`waiting failed: ${String(error)}`);
	}
}

async function cancelOne({ world, bus, dice, tried }: Sender): Promise<void> {
	if (tried.length === 0) return;
	const { cancels } = world.ledger;
	const note = { commandId: dice.pick(tried), reason: `change of mind ${cancels.length + 1}` };
	const noteOutcome = (outcome: 'done' | 'refused' | 'unknown'): void => {
		cancels.push({ ...note, outcome });
	};
	try {
		await bus.cancel({ domain, commandId: note.commandId }, { reason: note.reason });
		noteOutcome('done');
	} catch (error) {
		if (isCommandBusError(error, 'store')) noteOutcome('unknown');
		else if (isCommandBusError(error, 'invalid-operation')) noteOutcome('refused');
		else if (isCommandBusError(error, 'command-not-found')) noteOutcome('refused');
		else world.violated(`a cancel failed: ${String(error)}`);
	}
}

type Request = CommandRequest & { readonly definition: ShopCommand; readonly data: { readonly number: number } };

function aRequest({ dice, tried }: Sender): Request {
	const definition = dice.pick([Charge, Charge, Charge, Transfer, Transfer, Riddle]);
	const commandId = newId();
	tried.push(commandId);
	const data = { number: tried.length };
	const options = {
		commandId,
		...(dice.chance(0.7) && { replyTo: domainQueues(domain).replies }),
		...(dice.chance(0.2) && { delaySeconds: dice.between(1, 4) }),
		...(dice.chance(0.2) && { retry: { maxAttempts: dice.between(1, 2) } }),
	};
	return { ...commandRequest(definition, data, options), definition, data };
}

/** Now and then one of them exists already, or may. */
function withNamesake({ dice, tried }: Sender, requests: readonly Request[]): readonly Request[] {
	const namesake = dice.pick(tried);
	return requests.map((request) =>
		dice.chance(0.1) && idOf(request) !== namesake && requests.every((other) => idOf(other) !== namesake)
			? { ...request, options: { ...request.options, commandId: namesake } }
			: request,
	);
}

function send({ bus }: Sender, { definition, data, options }: Request, tx?: MemoryTransaction): Promise<Receipt> {
	return bus.send(definition, data, { ...options, tx });
}

function idOf({ options }: CommandRequest): string {
	return options?.commandId ?? '';
}

/** True when it is stored. */
async function noted({ world }: Sender, request: CommandRequest, sending: Promise<Receipt>): Promise<boolean> {
	try {
		await noteReceipt(world, await sending);
		return true;
	} catch (error) {
		noteRefusal(world, request, error);
		return false;
	}
}

/** A receipt is a promise: the command is there, now. */
async function noteReceipt(world: World, receipt: Receipt): Promise<void> {
	world.ledger.sendsOf(receipt.commandId)[receipt.isDuplicate ? 'known' : 'accepted'] += 1;
	if ((await world.record(receipt)) === undefined) {
		world.violated(`command ${receipt.commandId} was accepted and is not there`);
	}
}

function noteRefusal(world: World, request: CommandRequest, error: unknown): void {
	const sends = world.ledger.sendsOf(idOf(request));
	if (isCommandBusError(error, 'store')) sends.unknown += 1;
	else if (isCommandBusError(error, 'duplicate-command') || isCommandBusError(error, 'chunk-refused'))
		sends.refused += 1;
	else world.violated(`sending ${idOf(request)} failed: ${String(error)}`);
}
