/** A network between each process and the database that breaks, loses, holds up, delays, closes one way and refuses; or between LISTEN and the database alone. */
import { openTcpProxy } from '@cb/test-postgres';
import type { TcpProxy } from '@cb/test-postgres';
import type { ChildOptions } from '../crew.ts';
import { connectionOf } from '../primary.ts';
import type { ChaosContext, Injector, Scenario, Stage } from '../scenario.ts';
import { between, oneOf } from '../seeded-random.ts';
import type { Random } from '../seeded-random.ts';
import { pause, repeatedly } from '../waiting.ts';

export const partition: Scenario = {
	name: 'partition',
	fault: 'the network between a process and the database breaks, loses, holds up, delays, half-closes or refuses',
	lines: ['F9', 'D10', 'S6'],
	open: (stage) => openNetwork(stage, (connection) => ({ connection })),
};

export const partitionListen: Scenario = {
	name: 'partition-listen',
	fault: 'the same for the LISTEN connection alone',
	lines: ['S4', 'F4', 'F9'],
	open: (stage) => openNetwork(stage, (listen) => ({ listen })),
};

/** How a process reaches the servers: by a proxy in front of each. All of them break together. */
type Way = readonly TcpProxy[];

/** As many as there are processes in a crew; whoever replaces one takes over the way of an earlier one. */
const wayCount = 7;
const calmMs = 300;
const keepAliveMs = 20_000;

interface Breakage {
	readonly name: string;
	readonly begin: (proxy: TcpProxy) => void;
	/** Connections that lost something stay dead for ever, as behind a firewall that forgot them. @default 'reset' */
	readonly lost?: 'reset' | 'dead';
}

const breakages: readonly [Breakage, ...Breakage[]] = [
	{
		name: 'cut',
		begin: (proxy) => {
			proxy.cut();
		},
	},
	{
		name: 'drop for ever',
		lost: 'dead',
		begin: (proxy) => {
			proxy.drop();
		},
	},
	{
		name: 'hold up',
		begin: (proxy) => {
			proxy.hold();
		},
	},
	{
		name: 'close towards the client',
		begin: (proxy) => {
			proxy.halfClose('client');
		},
	},
	{
		name: 'drop',
		begin: (proxy) => {
			proxy.drop();
		},
	},
	{
		name: 'delay',
		begin: (proxy) => {
			proxy.delay(150);
		},
	},
	{
		name: 'close towards the server',
		begin: (proxy) => {
			proxy.halfClose('server');
		},
	},
	{
		name: 'refuse',
		begin: (proxy) => {
			proxy.refuse();
		},
	},
];

async function openNetwork({ primary }: Stage, through: (url: string) => ChildOptions): Promise<Injector> {
	const openWay = (): Promise<Way> => Promise.all(primary.applicationUrls.map(openTcpProxy));
	const ways = await Promise.all(Array.from({ length: wayCount }, openWay));
	const connections = ways.map((way) => connectionOf(way.map(({ url }) => url)));
	let started = 0;
	return {
		inject: (context) => inject(ways, context),
		optionsOf: () => through(connections[started++ % wayCount] ?? primary.applicationUrl),
		async close() {
			await Promise.all(ways.flat().map((proxy) => proxy.close()));
		},
	};
}

/** Each way of breaking in turn, so that also a short run sees most of them. */
async function inject(ways: readonly Way[], { signal, random, count, progress }: ChaosContext): Promise<void> {
	let turn = between(random, 0, breakages.length - 1);
	await repeatedly({ signal, intervalMs: 0 }, async () => {
		const { name, begin, lost } = breakages[turn++ % breakages.length] ?? breakages[0];
		const broken = someOf(random, ways);
		progress(`${name}, ${broken.length} of ${ways.length}`);
		const proxies = broken.flat();
		proxies.forEach(begin);
		count();
		await pause(between(random, 200, 3_000), signal);
		for (const proxy of proxies) proxy.heal(lost);
		if (lost === 'dead') forgetLater(proxies);
		await pause(calmMs, signal);
	});
}

/** As the server's keep-alive does: otherwise the dead would take all its connections in the end. By then clients must have found out themselves. */
function forgetLater(proxies: readonly TcpProxy[]): void {
	setTimeout(() => {
		for (const proxy of proxies) proxy.heal('reset');
	}, keepAliveMs).unref();
}

/** All, about half of them, or one. */
function someOf(random: Random, ways: readonly Way[]): readonly Way[] {
	const chance = random();
	if (chance < 0.25) return ways;
	if (chance < 0.6) return ways.filter(() => random() < 0.5);
	return [oneOf(random, ways)].filter((way) => way !== undefined);
}
