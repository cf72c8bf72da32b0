import { buildPackage } from '../../tools/tsup.ts';

export default buildPackage({ index: 'src/index.ts', http: 'src/http/index.ts' });
