/** Checks the files of sql/migrations: how they are named, that numbers have no gap, and that a comment says why. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const directory = fileURLToPath(new URL('../packages/pg/sql/migrations', import.meta.url));
const fileName = /^(\d{4})_[a-z][a-z0-9_]*\.sql$/;

function problemsOf(file: string, index: number): readonly string[] {
	const number = fileName.exec(file)?.[1];
	if (number === undefined) return [`${file}: must be named NNNN_snake_case_name.sql`];
	const problems: string[] = [];
	if (Number(number) !== index + 1) problems.push(`${file}: expected number ${String(index + 1).padStart(4, '0')}`);
	if (!readFileSync(join(directory, file), 'utf8').startsWith('--')) {
		problems.push(`${file}: must begin with a comment that says why it exists`);
	}
	return problems;
}

const files = existsSync(directory) ? readdirSync(directory).sort() : [];
const problems = files.flatMap(problemsOf);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
