import { matrixOf } from './matrix.ts';
import { discover } from './procedure.ts';

matrixOf(discover);
