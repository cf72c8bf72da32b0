/** A page that shows what the service offers, made from its OpenAPI description in the browser; it loads nothing from elsewhere. */
import { createHash } from 'node:crypto';

const script = `
	const text = (name, value, parent, className) => {
		const element = document.createElement(name);
		element.textContent = value;
		if (className) element.className = className;
		parent.append(element);
		return element;
	};
	const example = document.querySelector('pre code');
	example.textContent = example.textContent.replace('localhost:PORT', location.host);
	const description = await (await fetch('/openapi.json')).json();
	const main = document.getElementById('operations');
	main.replaceChildren();
	for (const [path, operations] of Object.entries(description.paths)) {
		for (const [method, operation] of Object.entries(operations)) {
			const article = document.createElement('article');
			const heading = text('h3', '', article);
			text('span', method + ' ', heading, 'method');
			text('code', path, heading);
			text('p', [operation.summary, operation.description].filter(Boolean).join('. '), article);
			const list = text('ul', '', article);
			for (const [status, response] of Object.entries(operation.responses)) {
				text('li', status + ' ' + response.description, list);
			}
			main.append(article);
		}
	}
`;

/** The page's script, and the hash by which a content security policy lets it run. */
export const docsPageScript = {
	text: script,
	hash: `sha256-${createHash('sha256').update(script).digest('base64')}`,
} as const;

export const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Payments</title>
<style>
	:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
	body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
	article { border: 1px solid #8886; border-radius: 0.5rem; padding: 0 1rem; margin: 1rem 0; }
	code { font-family: ui-monospace, monospace; }
	.method { font-weight: 700; text-transform: uppercase; }
	pre { overflow-x: auto; background: #8882; padding: 0.75rem; border-radius: 0.5rem; }
</style>
</head>
<body>
<h1>Payments</h1>
<p>A service on a double-entry ledger, run by durable commands. Machine-readable: <a href="/openapi.json">/openapi.json</a>.</p>
<pre><code>curl -s -X POST localhost:PORT/transfers -H 'authorization: Bearer bob:operator' \\
  -H 'content-type: application/json' \\
  -d '{ "fromAccount": "customer-0001", "toAccount": "customer-0002", "amountCents": 1250 }'</code></pre>
<main id="operations"><p>Loading …</p></main>
<script type="module">${docsPageScript.text}</script>
</body>
</html>
`;
