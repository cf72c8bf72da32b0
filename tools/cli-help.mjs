/** Prints the help of every command of `cb` as JSON, from the sources: run it with `--conditions=@cb/source`. */
import { createProgram } from '../apps/cli/src/program.ts';

let written = '';
const stream = {
	columns: 90,
	write(text) {
		written += text;
		return true;
	},
};
const program = createProgram({ stdout: stream, stderr: stream, execute: async () => {}, hasColors: () => false });

function helpOf(command, path) {
	written = '';
	command.outputHelp();
	// The same on every page: shown once, on that of `cb` itself.
	const help = written.replace(/Global Options:\n(?: .*\n)+\n?/u, '');
	const below = command.commands.filter((child) => child.name() !== 'help');
	return [{ path, help }, ...below.flatMap((child) => helpOf(child, `${path} ${child.name()}`))];
}

process.stdout.write(JSON.stringify(helpOf(program, 'cb')));
