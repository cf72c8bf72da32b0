/** Text from outside (payloads, error messages, names) made fit for a terminal: it can neither steer it nor break a line. */

/** One line: line ends become spaces, every other control character and direction mark becomes visible. */
export function cleanLine(text: string): string {
	return clean(text.replaceAll(/[\t\n\v\f\r\u2028\u2029]+/gu, ' '));
}

/** Line ends stay. */
export function cleanText(text: string): string {
	return text.split(/\r?\n/u).map(clean).join('\n');
}

function clean(text: string): string {
	return text.replaceAll(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, (character) => {
		return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
	});
}
