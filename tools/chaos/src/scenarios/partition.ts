/** A network between each process and the database that breaks, loses, holds up, delays, closes one way and refuses; or between LISTEN and the database alone. */
import { openTcpProxy } from '@cb/test-postgres';
import type { TcpProxy } from '@cb/test-postgres';
import type { ChildOptions } from '../crew.ts';
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

/** As many as there are processes in a crew; whoever replaces one takes over the way of an earlier one. */
const proxyCount = 7;
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

async function openNetwork({ applicationUrl }: Stage, through: (url: string) => ChildOptions): Promise<Injector> {
	const proxies = await Promise.all(Array.from({ length: proxyCount }, () => openTcpProxy(applicationUrl)));
	let started = 0;
	return {
		inject: (context) => inject(proxies, context),
		optionsOf: () => through(proxies[started++ % proxyCount]?.url ?? applicationUrl),
		async close() {
			await Promise.all(proxies.map((proxy) => proxy.close()));
		},
	};
}

/** Each way of breaking in turn, so that also a short run sees most of them. */
async function inject(proxies: readonly TcpProxy[], { signal, random, count, progress }: ChaosContext): Promise<void> {
	let turn = between(random, 0, breakages.length - 1);
	await repeatedly({ signal, intervalMs: 0 }, async () => {
		const { name, begin, lost } = breakages[turn++ % breakages.length] ?? breakages[0];
		const broken = someOf(random, proxies);
		progress(`${name}, ${broken.length} of ${proxies.length}`);
		broken.forEach(begin);
		count();
		await pause(between(random, 200, 3_000), signal);
		for (const proxy of broken) proxy.heal(lost);
		if (lost === 'dead') forgetLater(broken);
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
function someOf(random: Random, proxies: readonly TcpProxy[]): readonly TcpProxy[] {
	const chance = random();
	if (chance < 0.25) return proxies;
	if (chance < 0.6) return proxies.filter(() => random() < 0.5);
	return [oneOf(random, proxies)].filter((proxy) => proxy !== undefined);
}
