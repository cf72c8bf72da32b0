/** @type {import('prettier').Config} */
export default {
	useTabs: true,
	singleQuote: true,
	printWidth: 120,
	overrides: [{ files: ['*.md', '*.yaml', '*.yml'], options: { useTabs: false } }],
};
