import { buildPackage } from '../../tools/tsup.ts';

export default buildPackage({
	index: 'src/index.ts',
	memory: 'src/memory/index.ts',
	conformance: 'src/conformance/index.ts',
	otel: 'src/otel/index.ts',
});
