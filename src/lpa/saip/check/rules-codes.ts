/** PINs, PUKs and network keys. TCA profile package §8.4 and §8.5. */

import { MF, pathOf } from '../created-files.ts';
import type { ProfileElement } from '../package.ts';
import { pinNames } from '../pins-and-keys.ts';
import { isDirectory } from '../templates.ts';
import { contextOf, contexts, type Problem, type Rule, rootOf, type View } from './rule.ts';
import { CAPABILITY_OF_SERVICE } from './rules-card.ts';

/** A key reference from 81 on is valid in one directory or application, the others on the whole card (TS 102 221 §9.5.1). */
const isLocal = (reference: number): boolean => reference >= 0x80;
/** 8.5.1 names no context for ADM6 to ADM10, 8A to 8E: they may be defined in any. */
const isOfAnyContext = (reference: number): boolean => reference >= 0x8a && reference <= 0x8e;
const referenceOf = (name: string): number => (pinNames as Readonly<Record<string, number>>)[name] ?? 0;

interface Pin {
  readonly element: ProfileElement;
  readonly field: string;
  readonly name: string;
  readonly retries: number;
  readonly puk: string | undefined;
}

/** The PINs of the package, one after the other. */
function* pins(view: View): Iterable<Pin> {
  for (const element of view.all('pinCodes')) {
    const { pinCodes } = element.value;
    if (!('pinconfig' in pinCodes)) continue;
    for (const [i, pin] of pinCodes.pinconfig.entries()) {
      yield {
        element,
        field: `pinCodes/pinconfig/${i}`,
        name: pin.keyReference,
        retries: pin['maxNumOfAttemps-retryNumLeft'],
        puk: pin.unblockingPINReference,
      };
    }
  }
}

/** The PUKs of the package, one after the other. */
function* puks(view: View): Iterable<Omit<Pin, 'puk'>> {
  for (const element of view.all('pukCodes')) {
    for (const [i, puk] of element.value.pukCodes.entries())
      yield { element, field: `pukCodes/${i}`, name: puk.keyReference, retries: puk['maxNumOfAttemps-retryNumLeft'] };
  }
}

/** The PINs that are defined in each directory or application; one may point to those of another. */
function pinsByContext(view: View): ReadonlyMap<string, ReadonlySet<number>> {
  const where = contexts(view);
  const found = new Map<string, Set<number>>();
  const add = (context: string, references: Iterable<number>): void => {
    found.set(context, new Set([...(found.get(context) ?? []), ...references]));
  };
  for (const element of view.all('pinCodes')) {
    const { pinCodes } = element.value;
    const context = where.get(element) ?? '';
    if ('pinconfig' in pinCodes)
      add(
        context,
        pinCodes.pinconfig.map(({ keyReference }) => referenceOf(keyReference)),
      );
    else add(context, found.get(contextOf(pathOf(pinCodes.filePath))) ?? []);
  }
  return found;
}

/** High nibble: how many tries there are. Low nibble: how many are left. */
const soundRetries = (octet: number): boolean => octet >> 4 > 0 && (octet & 0x0f) <= octet >> 4;

export const codeRules: readonly Rule[] = [
  {
    clause: '8.5.2',
    rule: 'PUK codes follow the MF; in an IoT minimal profile, the header',
    status: 'invalid-parameter',
    severity: 'warning', // a card needs a PUK when a PIN names it: see the rule for unblockingPINReference
    *check(view) {
      for (const element of view.elements) {
        if (element.name !== 'pukCodes') continue;
        const before = view.iot ? 0 : rootOf(view);
        if (element.index !== before + 1)
          yield { element, text: `PUK codes do not follow ${view.iot ? 'the header' : 'the MF'}` };
      }
    },
  },
  {
    clause: '8.5.2',
    rule: 'a PUK is defined once',
    status: 'bad-values',
    *check(view) {
      const seen = new Set<string>();
      for (const { element, field, name } of puks(view)) {
        if (name.startsWith('unknown')) yield { element, field, text: `${name} is no PUK` };
        if (seen.has(name)) yield { element, field, text: `${name} is defined twice` };
        seen.add(name);
      }
    },
  },
  {
    clause: '8.5.1',
    rule: 'a PIN or PUK has no more tries left than its maximum',
    status: 'bad-values',
    severity: 'warning', // no clause says what a card does with such a counter
    *check(view) {
      for (const { element, field, name, retries } of [...puks(view), ...pins(view)])
        if (!soundRetries(retries)) yield { element, field, text: `${name}: tries ${retries.toString(16)}` };
    },
  },
  {
    clause: '8.5.1',
    rule: 'a PIN is defined once in its context',
    status: 'bad-values',
    *check(view) {
      const seen = new Set<string>();
      for (const { element, field, name } of pins(view)) {
        const key = `${element.index} ${name}`;
        if (referenceOf(name) === 0) yield { element, field, text: `${name} is no PIN` };
        if (seen.has(key)) yield { element, field, text: `${name} is defined twice` };
        seen.add(key);
      }
    },
  },
  {
    clause: '8.5.1',
    rule: 'the PUK that unblocks a PIN is defined',
    status: 'pin-code-missing',
    *check(view) {
      const defined = new Set([...puks(view)].map(({ name }) => name));
      for (const { element, field, name, puk } of pins(view)) {
        if (puk !== undefined && !defined.has(puk))
          yield { element, field: `${field}/unblockingPINReference`, text: `${puk}, which unblocks ${name}, is not defined` };
      }
    },
  },
  {
    clause: '8.5.1',
    rule: 'PINs of the whole card stand after the MF, those of an application after it',
    status: 'invalid-parameter',
    *check(view) {
      if (view.iot) return; // one element creates the MF and the application
      const where = contexts(view);
      for (const { element, field, name } of pins(view)) {
        const context = where.get(element);
        if (context === '') yield { element, field, text: `${name} has no directory before it` };
        else if (!isOfAnyContext(referenceOf(name)) && isLocal(referenceOf(name)) === (context === MF))
          yield { element, field, text: `${name} may not be defined for ${context}` };
      }
    },
  },
  {
    clause: '8.5.1',
    rule: 'the MF, a directory or an application has one element of PINs',
    status: 'invalid-parameter',
    *check(view) {
      const where = contexts(view);
      const seen = new Set<string>();
      for (const element of view.all('pinCodes')) {
        const context = where.get(element) ?? '';
        if (seen.has(context)) yield { element, text: `PINs for ${context} stand twice` };
        seen.add(context);
      }
    },
  },
  {
    clause: '8.5.1',
    rule: 'PINs that are shared are those of a directory or application before',
    status: 'pin-code-missing',
    *check(view) {
      const where = contexts(view);
      const seen = new Set<string>();
      for (const element of view.all('pinCodes')) {
        const { pinCodes } = element.value;
        if ('filePath' in pinCodes && !seen.has(pathOf(pinCodes.filePath))) {
          yield { element, field: 'pinCodes/filePath', text: `no PINs were defined for ${pathOf(pinCodes.filePath)}` };
        }
        seen.add(where.get(element) ?? '');
      }
    },
  },
  {
    clause: '8.5.1',
    rule: 'the PINs that a PIN status template lists are defined',
    status: 'pin-code-missing',
    *check(view) {
      const defined = pinsByContext(view);
      const anywhere = new Set([...defined.values()].flatMap((references) => [...references]));
      for (const { element, file } of view.files) {
        if (!isDirectory(file.kind) || file.action === 'update') continue;
        for (const digits of file.fcp?.pinStatusTemplateDO?.match(/../g) ?? []) {
          const reference = Number.parseInt(digits, 16);
          const contexts = isOfAnyContext(reference)
            ? [contextOf(file.path), MF]
            : [isLocal(reference) ? contextOf(file.path) : MF];
          if (!(view.iot ? [anywhere] : contexts.map((context) => defined.get(context))).some((there) => there?.has(reference))) {
            yield {
              element,
              field: element.name === 'genericFileManagement' ? file.field : `${file.field}/0`,
              text: `${file.path}: PIN ${digits} is not defined`,
            };
          }
        }
      }
    },
  },
  {
    clause: '8.4.1',
    rule: 'network keys follow the application that they are for',
    status: 'invalid-parameter',
    *check(view) {
      const application = Math.min(view.first('usim', 'isim', 'csim', 'iot'), firstAdf(view));
      for (const element of view.elements) {
        if (element.name === 'akaParameter' && element.index < application)
          yield { element, text: 'network keys without an application before them' };
      }
    },
  },
  {
    clause: '8.4.1',
    rule: 'keys that are shared are those of an application of this profile',
    status: 'bad-values',
    *check(view) {
      const names = new Set(view.files.flatMap(({ file }) => (file.kind === 'adf' ? (file.fcp?.dfName ?? []) : [])));
      for (const element of view.all('akaParameter')) {
        const { algoConfiguration: chosen } = element.value;
        if ('mappingParameter' in chosen && !names.has(chosen.mappingParameter.mappingSource)) {
          const field = 'algoConfiguration/mappingParameter/mappingSource';
          yield { element, field, text: `there is no application ${chosen.mappingParameter.mappingSource}` };
        }
      }
    },
  },
  {
    clause: '8.4.2',
    rule: 'the card has the network algorithm',
    status: 'feature-not-supported',
    *check(view) {
      for (const { element, field, algorithm } of algorithms(view)) {
        const capability = CAPABILITY_OF_SERVICE[algorithm];
        if (!capability || !view.card.uiccCapability.includes(capability)) {
          yield { element, field: `${field}/algorithmID`, text: `${algorithm} is not supported` };
        }
      }
    },
  },
  {
    clause: '8.4.2',
    rule: 'the key and the operator constant have the sizes of the algorithm',
    status: 'bad-values',
    *check(view) {
      for (const { element, field, algorithm, key, opc } of algorithms(view)) {
        const tuak = algorithm.startsWith('tuak');
        if (key !== 16 && !(tuak && key === 32)) yield { element, field: `${field}/key`, text: `a key of ${key} octets` };
        if (algorithm === 'usim-test-algorithm') continue; // it has no operator constant (TS 34.108 §8.1.2)
        if (opc !== (tuak ? 32 : 16)) yield { element, field: `${field}/opc`, text: `an operator constant of ${opc} octets` };
      }
    },
  },
  {
    clause: '8.4.2',
    rule: 'there are 32 sequence numbers to begin with, and at least one round of Keccak',
    status: 'bad-values',
    *check(view) {
      for (const element of view.all('akaParameter')) {
        const { sqnInit, algoConfiguration: chosen } = element.value;
        if (sqnInit.length !== 32) yield { element, field: 'sqnInit', text: `${sqnInit.length} sequence numbers` };
        if ('algoParameter' in chosen && chosen.algoParameter.numberOfKeccak === 0) {
          yield { element, field: 'algoConfiguration/algoParameter/numberOfKeccak', text: 'no round of Keccak' };
        }
      }
    },
  },
  {
    clause: '8.4.4',
    rule: 'CDMA parameters follow a CSIM',
    status: 'invalid-parameter',
    *check(view) {
      for (const element of view.elements) {
        if (element.name === 'cdmaParameter' && element.index < view.first('csim'))
          yield { element, text: 'CDMA parameters without a CSIM before them' };
      }
    },
  },
];

function* algorithms(view: View): Iterable<Omit<Problem, 'text'> & { algorithm: string; key: number; opc: number }> {
  for (const element of view.all('akaParameter')) {
    const { algoConfiguration: chosen } = element.value;
    if (!('algoParameter' in chosen)) continue;
    const { algorithmID, key, opc } = chosen.algoParameter;
    const algorithm = algorithmID === 'tuak' ? `tuak${key.length === 32 ? 256 : 128}` : algorithmID;
    yield { element, field: 'algoConfiguration/algoParameter', algorithm, key: key.length, opc: opc.length };
  }
}

/** Applications may be created by file management too. */
const firstAdf = (view: View): number =>
  view.files.find(({ file }) => file.kind === 'adf')?.element.index ?? Number.POSITIVE_INFINITY;
