/** The first message of a PostgreSQL client: length, protocol version, then names and values, each ended by a zero byte. */
const headerBytes = 8;
const protocolMajor = 3;

/** How the client names itself; empty when it does not, or when this is another message. */
export function applicationNameOf(message: Buffer): string {
	if (message.length < headerBytes || message.readUInt16BE(4) !== protocolMajor) return '';
	const words = message.toString('utf8', headerBytes, message.readUInt32BE(0)).split('\0');
	const at = words.findIndex((word, index) => index % 2 === 0 && word === 'application_name');
	return at === -1 ? '' : (words[at + 1] ?? '');
}
