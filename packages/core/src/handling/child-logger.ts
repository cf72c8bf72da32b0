import type { Logger } from '../ports/telemetry.ts';

/** Writes `fields` with every line; silent without a logger. */
export function childLogger(logger: Logger | undefined, fields: object): Logger {
	if (logger === undefined) return silentLogger;
	return {
		debug(more, message) {
			logger.debug({ ...fields, ...more }, message);
		},
		info(more, message) {
			logger.info({ ...fields, ...more }, message);
		},
		warn(more, message) {
			logger.warn({ ...fields, ...more }, message);
		},
		error(more, message) {
			logger.error({ ...fields, ...more }, message);
		},
	};
}

const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {
	// Nobody asked for logs.
}
