import { matrixOf } from './matrix.ts';
import { remove, reset, send } from './procedure.ts';

matrixOf(remove);
matrixOf(reset);
matrixOf(send);
