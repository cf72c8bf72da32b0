/** A network between each process and the database that breaks, loses, holds up, delays, closes one way and refuses: of one process, of several, or of LISTEN alone. */
import { openTcpProxy } from '@cb/test-postgres';
import type { ProxiedConnection, TcpProxy } from '@cb/test-postgres';
import type { ChaosContext, Injector, Scenario, Stage } from '../scenario.ts';
import { between, oneOf } from '../seeded-random.ts';
import type { Random } from '../seeded-random.ts';
import { pause, repeatedly } from '../waiting.ts';

export const partition: Scenario = {
	name: 'partition',
	fault:
		'the network between a process and the database breaks, loses, holds up, delays, half-closes or refuses; or for LISTEN alone',
	lines: ['S4', 'F9', 'D10'],
	open,
};

/** As many as there are processes in a crew; whoever replaces one takes over the way of an earlier one. */
const proxyCount = 7;
const calmMs = 300;

interface Breakage {
	readonly name: string;
	readonly begin: (proxy: TcpProxy, which: Which) => void;
	/** What heals leaves connections dead for ever that lost something, as behind a firewall that forgot them. @default 'reset' */
	readonly lost?: 'reset' | 'dead';
}

type Which = (connection: ProxiedConnection) => boolean;

const breakages: readonly Breakage[] = [
	{
		name: 'cut',
		begin: (proxy, which) => {
			proxy.cut(which);
		},
	},
	{
		name: 'drop',
		begin: (proxy, which) => {
			proxy.drop(which);
		},
	},
	{
		name: 'drop for ever',
		begin: (proxy, which) => {
			proxy.drop(which);
		},
		lost: 'dead',
	},
	{
		name: 'hold',
		begin: (proxy, which) => {
			proxy.hold(which);
		},
	},
	{
		name: 'delay',
		begin: (proxy, which) => {
			proxy.delay(150, which);
		},
	},
	{
		name: 'close towards the client',
		begin: (proxy, which) => {
			proxy.halfClose('client', which);
		},
	},
	{
		name: 'close towards the server',
		begin: (proxy, which) => {
			proxy.halfClose('server', which);
		},
	},
	{
		name: 'refuse',
		begin: (proxy) => {
			proxy.refuse();
		},
	},
];

const isListen: Which = ({ applicationName }) => applicationName.endsWith(' listen');
const isAny: Which = () => true;

async function open({ applicationUrl }: Stage): Promise<Injector> {
	const proxies = await Promise.all(Array.from({ length: proxyCount }, () => openTcpProxy(applicationUrl)));
	let started = 0;
	return {
		inject: (context) => inject(proxies, context),
		optionsOf: () => ({ connection: proxies[started++ % proxyCount]?.url ?? applicationUrl }),
		async close() {
			await Promise.all(proxies.map((proxy) => proxy.close()));
		},
	};
}

async function inject(proxies: readonly TcpProxy[], { signal, random, count, progress }: ChaosContext): Promise<void> {
	await repeatedly({ signal, intervalMs: 0 }, async () => {
		const breakage = oneOf(random, breakages);
		if (breakage === undefined) return;
		const which = random() < 0.3 ? isListen : isAny;
		const broken = someOf(random, proxies);
		progress(`${breakage.name}, ${broken.length} of ${proxyCount}${which === isListen ? ', LISTEN only' : ''}`);
		for (const proxy of broken) breakage.begin(proxy, which);
		count();
		await pause(between(random, 200, 3_000), signal);
		for (const proxy of broken) proxy.heal(breakage.lost);
		await pause(calmMs, signal);
	});
}

/** One, about half of them, or all. */
function someOf(random: Random, proxies: readonly TcpProxy[]): readonly TcpProxy[] {
	const chance = random();
	if (chance < 0.2) return proxies;
	if (chance < 0.5) return proxies.filter(() => random() < 0.5);
	return proxies.filter((_, index) => index === Math.floor(((chance - 0.5) / 0.5) * proxies.length));
}
