/**
 * What `pnpm audit --json` printed means. Serious is what is rated high or critical. A registry that cannot be asked is no
 * reason to fail, and no reason to be silent; output that nobody understands is a failure.
 *
 * @param {string} output
 * @returns {{ kind: 'clean' | 'serious' | 'not-asked' | 'unreadable', sentences: string[] }}
 */
export function auditVerdict(output) {
	const report = parsed(output);
	if (report?.error !== undefined) return withoutAnswer(report.error);
	if (typeof report?.advisories !== 'object' || report.advisories === null) {
		return { kind: 'unreadable', sentences: [`pnpm audit printed something else than a report: ${excerptOf(output)}`] };
	}
	const serious = Object.values(report.advisories).filter(
		({ severity }) => severity !== undefined && !isMinor(severity),
	);
	if (serious.length > 0) return { kind: 'serious', sentences: serious.map(describe) };
	return { kind: 'clean', sentences: ['no high or critical advisory concerns a production dependency'] };
}

/** A rating that is not known is not taken lightly. */
function isMinor(severity) {
	return ['info', 'low', 'moderate'].includes(severity);
}

const withoutEndpoint = ['ERR_PNPM_AUDIT_ENDPOINT_NOT_EXISTS', 'ERR_PNPM_AUDIT_BAD_RESPONSE'];
const withoutNetwork = [
	'ECONNREFUSED',
	'ECONNRESET',
	'ENOTFOUND',
	'EAI_AGAIN',
	'ETIMEDOUT',
	'EHOSTUNREACH',
	'ENETUNREACH',
];

function withoutAnswer({ code = '', message = '' }) {
	if (withoutEndpoint.includes(code)) return notAsked('the registry has no audit endpoint', message);
	if (withoutNetwork.includes(code)) return notAsked('the registry cannot be reached', message);
	return { kind: 'unreadable', sentences: [`pnpm audit failed: ${code} ${excerptOf(message)}`] };
}

function notAsked(reason, message) {
	return { kind: 'not-asked', sentences: [`NOT CHECKED, ${reason} (${excerptOf(message)})`] };
}

function describe({ module_name: name, severity, title, url, findings = [], patched_versions: patched }) {
	const versions = [...new Set(findings.map(({ version }) => version))].join(', ');
	const by = findings[0]?.paths?.[0] ?? '';
	return `${severity}: ${name} ${versions} (${by}): ${title}. Patched in ${patched || 'no version'}. ${url}`;
}

function parsed(output) {
	try {
		return JSON.parse(output);
	} catch {
		return undefined;
	}
}

function excerptOf(text) {
	return text.trim().replace(/\s+/g, ' ').slice(0, 200);
}
