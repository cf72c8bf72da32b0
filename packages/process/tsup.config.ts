import { buildPackage } from '../../tools/tsup.ts';

export default buildPackage({ index: 'src/index.ts', testing: 'src/testing/index.ts' });
