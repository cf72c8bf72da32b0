import { buildApplication } from '../../tools/tsup.ts';

export default buildApplication({ main: 'src/main.ts', definitions: 'src/definitions.ts' });
