import { matrixOf } from './matrix.ts';
import { download } from './procedure.ts';

matrixOf(download);
