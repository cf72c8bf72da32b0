/** How changesets writes a CHANGELOG: the sentence of each entry, and no lines about versions of our own packages. */
const getReleaseLine = async ({ summary }) => {
	const [first, ...rest] = summary.trim().split('\n');
	return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
};

const getDependencyReleaseLine = async () => '';

module.exports = { getReleaseLine, getDependencyReleaseLine };
