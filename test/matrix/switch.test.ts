import { matrixOf } from './matrix.ts';
import { disable, enable } from './procedure.ts';

matrixOf(enable);
matrixOf(disable);
