/** Posts that another site makes a browser send are refused: the browser would add the operator's cookies to them. */

/**
 * Whether a post comes from our own pages, from an allowed origin, or from no browser at all. Browsers say it in `Sec-Fetch-Site`,
 * which no page can forge; older ones say at least `Origin`. Whatever sends neither is no browser and carries nobody's cookies.
 */
export function isSameSite(request: Request, allowedOrigins: readonly string[]): boolean {
	const origin = request.headers.get('origin');
	if (origin !== null && allowedOrigins.includes(origin)) return true;
	const site = request.headers.get('sec-fetch-site');
	if (site !== null) return site === 'same-origin' || site === 'none';
	return origin === null || origin === new URL(request.url).origin;
}

/** A form or a beacon of another site cannot say `application/json` without asking first (CORS), and nobody answers that question. */
export function isJson(request: Request): boolean {
	const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
	return type === 'application/json';
}
