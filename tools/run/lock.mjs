/** Lets one process at a time install and build in this checkout; another one waits for it. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './program.mjs';

const lockFile = join(root, '.turbo', 'run.lock');
const pollIntervalMs = 200;

export async function withLock(work) {
	await acquire();
	try {
		return await work();
	} finally {
		rmSync(lockFile, { force: true });
	}
}

async function acquire() {
	mkdirSync(dirname(lockFile), { recursive: true });
	for (let hasAnnounced = false; !tryToAcquire(); hasAnnounced = true) {
		if (!hasAnnounced) console.error('run: waiting for another run in this checkout to finish building');
		await sleep(pollIntervalMs);
	}
}

function tryToAcquire() {
	try {
		writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
		return true;
	} catch (error) {
		if (error.code !== 'EEXIST') throw error;
		if (!isHeld()) rmSync(lockFile, { force: true });
		return false;
	}
}

/** A process that was killed leaves its file behind. */
function isHeld() {
	try {
		const holder = Number(readFileSync(lockFile, 'utf8'));
		return holder === 0 || process.kill(holder, 0);
	} catch (error) {
		return error.code === 'EPERM';
	}
}
