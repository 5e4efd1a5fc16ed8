/** The network keys of a profile, each with the application it is for. TCA profile package §8.4. */

import type { View } from '../../lpa/saip/check/rule.ts';
import type { AKAParameter } from '../../lpa/saip/pins-and-keys.ts';

export interface NetworkKey {
  /** Path of the application. */
  readonly application: string;
  /** Path of the application that has the sequence numbers: another where the keys are mapped from it. */
  readonly owner: string;
  readonly parameters: AlgoParameter;
  readonly sequence: Pick<AKAParameter, 'sqnOptions' | 'sqnDelta' | 'sqnAgeLimit' | 'sqnInit'>;
}

type AlgoParameter = Extract<AKAParameter['algoConfiguration'], { algoParameter: unknown }>['algoParameter'];

/** Returns one key for each application; the first where an application has several, as the checker allows one. */
export function networkKeysOf({ elements }: Pick<View, 'elements'>): NetworkKey[] {
  const found = new Map<string, NetworkKey>();
  const pathByAid = new Map<string, string>();
  let application = '';
  for (const element of elements) {
    for (const { kind, action, path, fcp } of element.files) {
      if (kind !== 'adf' || action !== 'create') continue;
      application = path;
      if (fcp?.dfName !== undefined) pathByAid.set(fcp.dfName, path);
    }
    if (element.name !== 'akaParameter' || !element.value || found.has(application)) continue;
    const { algoConfiguration, ...sequence } = element.value;
    if ('algoParameter' in algoConfiguration) {
      found.set(application, { application, owner: application, parameters: algoConfiguration.algoParameter, sequence });
      continue;
    }
    const source = found.get(pathByAid.get(algoConfiguration.mappingParameter.mappingSource) ?? '');
    if (source) found.set(application, { ...source, application });
  }
  return [...found.values()];
}
