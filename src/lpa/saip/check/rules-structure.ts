/** Which elements there are, how often and in which order. TCA profile package §7, §8.1 and §8.2. */

import { fromHex, toHex } from '../../bytes.ts';
import type { ElementName } from '../elements.ts';
import { nameOf, type ProfileElement } from '../package.ts';
import { swapNibbles } from '../types.ts';
import { type Rule, rootOf, type View } from './rule.ts';

/** A damaged element, which a tree of the package shows field by field. */
export const ENCODING_RULE = 'an element is encoded as its type says';

export const structureRules: readonly Rule[] = [
  {
    clause: '8.2.1',
    rule: 'a profile has one header, which is the first element',
    status: 'invalid-parameter',
    *check({ elements }) {
      const [first] = elements;
      if (first && first.name !== 'header') yield { element: first, text: 'the first element is not the header' };
      for (const element of elements.slice(1)) {
        if (element.name === 'header') yield { element, text: 'a header that is not the first element' };
      }
    },
  },
  {
    clause: '8.10',
    rule: 'a profile has one end, which is the last element',
    status: 'invalid-parameter',
    // Also of elements that the card passes over: nothing follows the end.
    *check({ pkg: { elements } }) {
      const last = elements.at(-1);
      if (last && last.name !== 'end') yield { element: last, text: 'the last element is not the end' };
      for (const element of elements.slice(0, -1))
        if (element.name === 'end') yield { element, text: 'the end element is not the last element' };
    },
  },
  {
    clause: 'Annex A',
    rule: ENCODING_RULE,
    status: 'invalid-request-format',
    *check({ elements }) {
      for (const element of elements) {
        if (element.fault)
          yield { element, field: element.fault.path.split('/').slice(1).join('/'), text: element.fault.message };
      }
    },
  },
  {
    clause: '8.1.3',
    rule: 'every element except the header has an identification, and no two have the same',
    status: 'invalid-parameter',
    severity: 'warning', // a card only repeats the number in its response
    *check({ elements }) {
      const seen = new Set<number>();
      for (const element of elements) {
        const { identification } = element;
        if (element.name === 'header' || element.fault) continue;
        if (identification === undefined) yield { element, text: `${element.name} has no identification` };
        else if (seen.has(identification)) yield { element, text: `identification ${identification} is used twice` };
        else seen.add(identification);
      }
    },
  },
  {
    clause: '8.2.1',
    rule: 'the ICCID of an IoT minimal profile has its padding at the end',
    status: 'bad-values',
    *check(view) {
      if (!view.iot) return;
      for (const element of view.all('header')) {
        if (!/^\d+F*$/.test(element.value.iccid)) yield { element, field: 'iccid', text: `ICCID ${element.value.iccid}` };
      }
    },
  },
  {
    clause: '8.2.1',
    rule: 'the ICCID of a full profile has its padding at the end',
    status: 'bad-values',
    severity: 'warning', // EF.ICCID has its own octets there
    *check(view) {
      if (view.iot) return;
      for (const element of view.all('header')) {
        if (!/^\d+F*$/.test(element.value.iccid)) yield { element, field: 'iccid', text: `ICCID ${element.value.iccid}` };
      }
    },
  },
  {
    clause: '8.2.1',
    rule: 'EF.ICCID contains the ICCID of the header',
    status: 'bad-values',
    severity: 'warning', // SGP.22 §2.5.6 compares the ICCID of the metadata with the profile's; a card that reads both is not known
    *check(view) {
      const [header] = view.all('header');
      if (!header) return;
      for (const { element, file } of view.files) {
        const [fill] = file.content;
        if (file.path !== '3F00/2FE2' || !fill) continue;
        const found = toHex(swapNibbles(fill.bytes));
        if (fill.at !== 0 || found !== toHex(fromHex(header.value.iccid))) {
          yield { element, field: fill.field, text: `EF.ICCID contains ${found}, the header ${header.value.iccid}` };
        }
      }
    },
  },
  {
    clause: '7.4',
    rule: 'a full profile has an MF and no element of an IoT minimal profile',
    status: 'invalid-parameter',
    *check(view) {
      if (view.iot) return;
      for (const element of view.elements) {
        if (element.name === 'iot' || element.name === 'opt-iot') yield { element, text: `${nameOf(element)} in a full profile` };
      }
      const [first] = view.elements;
      if (first && rootOf(view) === Number.POSITIVE_INFINITY) yield { element: first, text: 'no element creates the MF' };
    },
  },
  {
    clause: '7.5',
    rule: 'an IoT minimal profile has an IoT element and no PE-MF',
    status: 'invalid-parameter',
    *check(view) {
      if (!view.iot) return;
      const [first] = view.elements;
      if (first && view.first('iot') === Number.POSITIVE_INFINITY) yield { element: first, text: 'no IoT element' };
      for (const element of view.elements) if (element.name === 'mf') yield { element, text: 'PE-MF in an IoT minimal profile' };
    },
  },
  {
    clause: '8.1',
    rule: 'MF, IoT, opt-IoT, PUK codes, CD and TELECOM stand once at most',
    status: 'invalid-parameter',
    *check({ elements }) {
      const seen = new Set<string>();
      for (const element of elements) {
        if (!ONCE.includes(element.name)) continue;
        if (seen.has(element.name)) yield { element, text: `${element.name} stands twice` };
        seen.add(element.name);
      }
    },
  },
  {
    clause: '8.3.4',
    rule: 'the MF is created once: by its element or by file management',
    status: 'invalid-parameter',
    *check({ files }) {
      const creators = files.filter(({ file }) => file.kind === 'mf' && file.action === 'create');
      for (const { element, file } of creators.slice(1)) yield { element, field: file.field, text: 'the MF is created twice' };
    },
  },
  {
    clause: '8.1',
    rule: 'applications and directories come after the MF, what extends them after them',
    status: 'invalid-parameter',
    *check(view) {
      const root = rootOf(view);
      for (const element of view.elements) {
        if (AFTER_ROOT.includes(element.name) && element.index < root)
          yield { element, text: `${nameOf(element)} comes before the MF` };
        const base = AFTER[element.name];
        if (base && element.index < view.first(...base))
          yield { element, text: `${nameOf(element)} has no ${base.join(' or ')} before it` };
      }
    },
  },
  {
    clause: '8.1.3',
    rule: 'an element that extends an application is there once for each application',
    status: 'invalid-parameter',
    severity: 'warning', // a card refuses the second of two equal files or directories: see 8.3.5
    *check({ elements }) {
      let seen = new Set<string>();
      for (const element of elements) {
        if (APPLICATIONS.includes(element.name)) seen = new Set();
        if (!ONCE_PER_APPLICATION.includes(element.name)) continue;
        if (seen.has(element.name)) yield { element, text: `${element.name} is there twice for one application` };
        seen.add(element.name);
      }
    },
  },
  {
    clause: '8.2.1',
    rule: 'the profile uses the applications and algorithms that its header requires',
    status: 'invalid-parameter',
    severity: 'warning', // a card compares the list with its own services, not with the profile
    *check(view) {
      for (const element of view.all('header')) {
        for (const service of Object.keys(element.value['eUICC-Mandatory-services'])) {
          const missing = HELD_BY[service] && !HELD_BY[service](view);
          if (missing)
            yield {
              element,
              field: `eUICC-Mandatory-services/${service}`,
              text: `the header requires ${service}, which the profile does not use`,
            };
        }
      }
    },
  },
];

type Name = ProfileElement['name'];
const ONCE: readonly Name[] = ['mf', 'iot', 'opt-iot', 'pukCodes', 'cd', 'telecom'];
const APPLICATIONS: readonly Name[] = ['usim', 'isim', 'csim', 'iot'];
const AFTER_ROOT: readonly Name[] = ['cd', 'telecom', 'usim', 'isim', 'csim'];
const AFTER: Readonly<Record<string, readonly ElementName[]>> = {
  'opt-usim': ['usim'],
  'opt-isim': ['isim'],
  'opt-csim': ['csim'],
  'opt-iot': ['iot'],
  phonebook: ['usim'],
  'gsm-access': ['usim'],
  'df-5gs': ['usim'],
  'df-saip': ['usim'],
  'df-snpn': ['usim'],
  'df-5gprose': ['usim'],
  eap: ['usim', 'isim', 'csim'],
};
const ONCE_PER_APPLICATION: readonly Name[] = [
  'phonebook',
  'gsm-access',
  'df-5gs',
  'df-saip',
  'df-snpn',
  'df-5gprose',
  'opt-usim',
  'opt-isim',
  'opt-csim',
  'cdmaParameter',
];

const holds =
  (...names: readonly ElementName[]) =>
  (view: View): boolean =>
    view.first(...names) !== Number.POSITIVE_INFINITY;
const uses =
  (algorithm: string) =>
  (view: View): boolean =>
    view.all('akaParameter').some(({ value }) => {
      const { algoConfiguration: chosen } = value;
      if (!('algoParameter' in chosen)) return false;
      const { algorithmID, key } = chosen.algoParameter;
      return algorithm === (algorithmID === 'tuak' ? `tuak${key.length * 8}` : algorithmID);
    });
const HELD_BY: Readonly<Record<string, (view: View) => boolean>> = {
  usim: holds('usim', 'iot'),
  isim: holds('isim'),
  csim: holds('csim'),
  cave: holds('cdmaParameter'),
  milenage: uses('milenage'),
  tuak128: uses('tuak128'),
  tuak256: uses('tuak256'),
  'usim-test-algorithm': uses('usim-test-algorithm'),
};
