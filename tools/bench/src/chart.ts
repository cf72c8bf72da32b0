/**
 * The chart of a run, as SVG: one panel per figure that several systems have, one bar per system, its median, and how many times it is passed by
 * ours. Readable on a light and on a dark page; without scripts and fonts of its own.
 */
import { comparisonsOf } from './comparisons.ts';
import type { Comparison } from './comparisons.ts';
import { figureText } from './report.ts';
import type { Output } from './report.ts';

const width = 1_000;
const gap = 32;
const panelWidth = (width - 3 * gap) / 2;
const lineHeight = 24;
const headHeight = 52;
const labelWidth = 122;
const valueWidth = 74;
const ratioWidth = 66;
const barWidth = panelWidth - labelWidth - valueWidth - ratioWidth;
const topHeight = 104;
const footLineHeight = 17;

const style = `
	svg { font: 13px system-ui, sans-serif; }
	.page { fill: #ffffff; stroke: #d0d7de; }
	text { fill: #1f2328; }
	.title { font-size: 19px; font-weight: 600; }
	.panel { font-size: 14px; font-weight: 600; }
	.faint { fill: #59636e; font-size: 12px; }
	.ours { fill: #0969da; }
	.other { fill: #afb8c1; }
	.number { text-anchor: end; font-variant-numeric: tabular-nums; }
	.strong { font-weight: 600; }
	@media (prefers-color-scheme: dark) {
		.page { fill: #0d1117; stroke: #3d444d; }
		text { fill: #f0f6fc; }
		.faint { fill: #9198a1; }
		.ours { fill: #4493f8; }
		.other { fill: #656c76; }
	}`;

export function chartOf(output: Output): string {
	const panels = comparisonsOf(output);
	const rows = Math.ceil(panels.length / 2);
	const heights = Array.from({ length: rows }, (_, row) =>
		Math.max(...panels.slice(row * 2, row * 2 + 2).map(heightOf)),
	);
	const tops = heights.map((_, row) => topHeight + sum(heights.slice(0, row)));
	const foot = footOf(output);
	const footTop = topHeight + sum(heights) + 8;
	const height = footTop + foot.length * footLineHeight + 14;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title desc">`,
		`<title id="title">cb beside the bare queue and its peers</title>`,
		`<desc id="desc">${escaped(panels.map(descriptionOf).join(' '))}</desc>`,
		`<style>${style}\n</style>`,
		`<rect class="page" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
		textAt({ x: gap, y: 36, kind: 'title' }, 'cb beside the bare queue and its peers'),
		...headOf(output).map((line, index) => textAt({ x: gap, y: 58 + index * footLineHeight, kind: 'faint' }, line)),
		...panels.map((panel, index) => {
			const x = gap + (index % 2) * (panelWidth + gap);
			return `<g transform="translate(${x} ${tops[Math.floor(index / 2)] ?? 0})">\n${panelOf(panel)}\n</g>`;
		}),
		...foot.map((line, index) => textAt({ x: gap, y: footTop + index * footLineHeight, kind: 'faint' }, line)),
		'</svg>',
		'',
	].join('\n');
}

function headOf({ settings }: Output): readonly string[] {
	return [
		`Medians of ${String(settings['rounds'])} interleaved rounds, everything on one machine. Right: cb compared with each; above 1 is in favour of cb.`,
		'cb keeps the state and the full audit trail of every command; bare PGMQ keeps neither, nor retries.',
	];
}

function heightOf({ lines }: Comparison): number {
	return headHeight + lines.length * lineHeight + 14;
}

function panelOf({ title, unit, isLessBetter, lines }: Comparison): string {
	const longest = Math.max(...lines.map(({ median }) => median));
	const ours = lines.find(({ isOurs }) => isOurs)?.median ?? Number.NaN;
	const bars = lines.flatMap(({ label, median, isOurs }, index) => {
		const y = headHeight + index * lineHeight;
		const length = Math.max(2, (median / longest) * barWidth);
		const kind = isOurs ? 'strong' : '';
		const ratio = isLessBetter ? median / ours : ours / median;
		return [
			textAt({ x: 0, y, kind }, label),
			`<rect class="${isOurs ? 'ours' : 'other'}" x="${labelWidth}" y="${y - 12}" width="${length.toFixed(1)}" height="15" rx="2"/>`,
			textAt({ x: labelWidth + barWidth + valueWidth, y, kind: `number ${kind}` }, figureText(median)),
			...(isOurs ? [] : [textAt({ x: panelWidth, y, kind: 'number strong' }, ratioText(ratio))]),
		];
	});
	return [
		textAt({ x: 0, y: 10, kind: 'panel' }, title),
		textAt({ x: 0, y: 27, kind: 'faint' }, `${unit}, ${isLessBetter ? 'less' : 'more'} is better`),
		...bars,
	].join('\n');
}

function descriptionOf({ title, unit, lines }: Comparison): string {
	const values = lines.map(({ label, median }) => `${label} ${figureText(median)}`);
	return `${title}, ${unit}: ${values.join(', ')}.`;
}

/** What the figures were taken on. */
function footOf({ machine, versions, server }: Output): readonly string[] {
	const facts = (names: readonly string[]): string =>
		names
			.filter((name) => versions[name] !== undefined)
			.map((name) => `${name} ${String(versions[name])}`)
			.join(' · ');
	const peers = Object.keys(versions).filter((name) => !['pg', 'node', 'postgres', 'pgmq', 'redis'].includes(name));
	return [
		`${String(machine['cpu'])} · ${String(machine['cores'])} cores · ${String(machine['memoryGiB'])} GiB · ${String(machine['system'])}; server, sender and worker share the cores`,
		`${String(versions['postgres'])} · fsync ${String(server['fsync'])} · synchronous_commit ${String(server['synchronous_commit'])} · ${facts(['pgmq', 'node', 'redis'])}`,
		`${facts(peers.filter((name) => !name.startsWith('@cb/')))} · each as its documentation recommends`,
	];
}

function ratioText(ratio: number): string {
	if (!Number.isFinite(ratio)) return '–';
	return `${ratio < 9.95 ? ratio.toFixed(2) : ratio.toFixed(1)} ×`;
}

interface Place {
	readonly x: number;
	readonly y: number;
	readonly kind: string;
}

function textAt({ x, y, kind }: Place, text: string): string {
	const attribute = kind.trim() === '' ? '' : ` class="${kind.trim()}"`;
	return `<text x="${x}" y="${y}"${attribute}>${escaped(text)}</text>`;
}

function escaped(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
