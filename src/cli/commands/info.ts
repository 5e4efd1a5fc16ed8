/** lpa info: the eUICC on one screen. SGP.22 v2.5 §5.7.3, §5.7.8, §5.7.20, §5.7.22. */

import { getEuiccConfiguredAddresses } from '../../lpa/es10/es10a.ts';
import { GetEuiccInfo2, getRat } from '../../lpa/es10/es10b.ts';
import { getEid } from '../../lpa/es10/es10c.ts';
import { readProduct } from '../../lpa/es10/estk-product.ts';
import { type LpaeKind, lpaeSupportIn } from '../../lpa/es10/lpae.ts';
import { mayHaveSiblings } from '../../lpa/es10/sibling-euiccs.ts';
import { ciName, isTestCi } from '../../lpa/pki/ci-names.ts';
import type { EUICCInfo1, EUICCInfo2 } from '../../lpa/sgp22/euicc-info.ts';
import { eidCheckDigitsHold } from '../../lpa/sgp22/identifiers.ts';
import type { ProfilePolicyAuthorisationRule } from '../../lpa/sgp22/policy.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { wrapped } from '../../terminal/wrap.ts';
import { command, type Look } from '../command.ts';
import { lpaeText } from '../output/lpae-text.ts';
import { octetsText, operatorText, plural } from '../output/profile-names.ts';

export const info = command({
  usage: 'info',
  summary: 'Show what the eUICC says of itself',
  everyReader: true,
  details:
    'EID and maker, versions, free memory, capabilities, the CIs whose servers it believes, its default SM-DP+ and SM-DS, ' +
    'and the rules that profiles may have.',
  examples: ['lpa info', 'lpa info eid', 'lpa info --json | jq .euiccInfo2.extCardResource'],
  async run(app) {
    const isdr = await app.openIsdrWithFci();
    // One after the other: a card answers one question at a time.
    const eid = await app.eid(isdr);
    const euiccInfo2 = await isdr.call(GetEuiccInfo2, {});
    const euiccInfo1 = euiccInfo1In(euiccInfo2);
    const euiccConfiguredAddresses = await getEuiccConfiguredAddresses(isdr);
    const rulesAuthorisationTable = await getRat(isdr);
    const lpaeSupport = lpaeSupportIn(isdr.selectResponse);
    const isOfSeveral = mayHaveSiblings(isdr);
    const others = isOfSeveral ? await app.otherEuiccs(isdr) : [];
    const product = isOfSeveral ? await readProduct(isdr) : undefined;
    return {
      ...{ eid, euiccInfo1, euiccInfo2, euiccConfiguredAddresses, rulesAuthorisationTable },
      ...(lpaeSupport && { lpaeSupport }),
      ...(others.length > 0 && { otherEuiccs: others }),
      ...(product && { product }),
    };
  },
  text: (
    { eid, euiccInfo2, euiccConfiguredAddresses: addresses, rulesAuthorisationTable: rat, otherEuiccs: others = [], ...found },
    look,
  ) => {
    const { lpaeSupport, product } = found;
    const { extCardResource: memory, forbiddenProfilePolicyRules: forbidden = [] } = euiccInfo2;
    const rows: (readonly [string, string | undefined])[] = [
      ['EID', eidText(eid, look)],
      ...others.map((other) => ['On this card', `EID ${other.eid}, with --aid ${other.isdrAid}`] as const),
      ['Maker', makerOf(eid)],
      ['Product', product && listed(['', product.sku], ['firmware', product.firmware])],
      ['SGP.22', versions(euiccInfo2.svn, euiccInfo2.highestSvn)],
      [
        'Versions',
        listed(
          ['firmware', euiccInfo2.euiccFirmwareVer],
          ['profile packages', euiccInfo2.profileVersion],
          ['TS 102 241', euiccInfo2.ts102241Version],
          ['GlobalPlatform', euiccInfo2.globalplatformVersion],
        ),
      ],
      [
        'Certified',
        listed(
          ['protection profile', euiccInfo2.ppVersion],
          ['SAS', euiccInfo2.sasAcreditationNumber],
          ['platform', euiccInfo2.certificationDataObject?.platformLabel],
        ),
      ],
      ['Category', versions(euiccInfo2.euiccCategory, lpaeSupport?.length === 0 ? 'no built-in LPA (LPAe)' : undefined)],
      ['Free memory', memory?.freeNonVolatileMemory === undefined ? undefined : memoryText(memory.freeNonVolatileMemory, look)],
      [
        'Free RAM',
        listed(
          ['', memory?.freeVolatileMemory === undefined ? undefined : octetsText(memory.freeVolatileMemory)],
          ['applications', memory?.installedApplications?.toString()],
        ),
      ],
      ['Capabilities', namesText(euiccInfo2.uiccCapability)],
      ['RSP', namesText(euiccInfo2.rspCapability)],
      ['LPA in eUICC', lpaeRow(lpaeSupport, euiccInfo2.lpaMode)],
      ['Default SM-DP+', addresses.defaultDpAddress ?? '(none)'],
      ['SM-DS', addresses.rootDsAddress ?? '(none)'],
      ['Forbidden rules', forbidden.length > 0 ? forbidden.join(', ') : '(none)'],
    ];
    const width = Math.max(...rows.map(([label]) => label.length));
    const line = (label: string, text: string): string => `${label.padEnd(width)}  ${text}`;
    const cis = (label: string, ids: readonly string[]): string[] =>
      (ids.length > 0 ? ids : ['(none)']).flatMap((id, i) =>
        wrapped(line(i === 0 ? label : '', ciText(id, look)), width + 2, look.columns),
      );
    return [
      ...rows.flatMap(([label, text]) =>
        text === undefined ? [] : wrapped(line(label, displayText(text, 400)), width + 2, look.columns),
      ),
      ...ciRows(euiccInfo2).flatMap(([label, ids]) => cis(label, ids)),
      ...(rat.length > 0 ? rat : [undefined]).map((rule, i) =>
        line(i === 0 ? 'Allowed rules' : '', rule ? ruleText(rule) : '(none)'),
      ),
    ].join('\n');
  },
});

/** EUICCInfo1 has nothing that EUICCInfo2 does not have too (SGP.22 v2.5 §5.7.8), so the card is asked for the second alone. */
const euiccInfo1In = ({
  svn,
  euiccCiPKIdListForVerification,
  euiccCiPKIdListForSigning,
  highestSvn,
}: EUICCInfo2): EUICCInfo1 => ({
  svn,
  euiccCiPKIdListForVerification,
  euiccCiPKIdListForSigning,
  ...(highestSvn !== undefined && { highestSvn }),
});

/** Where there is none, the row of the category says so: the answer is to stay on one screen. */
function lpaeRow(kinds: readonly LpaeKind[] = [], lpaMode: string | undefined): string | undefined {
  if (kinds.length === 0 && lpaMode === undefined) return undefined;
  const mode = lpaMode === undefined ? '' : `, in use: ${lpaMode}`;
  return `${lpaeText(kinds)}${mode}${kinds.length > 0 ? '; `lpa` works without it (see `lpa lpae`)' : ''}`;
}

export const infoEid = command({
  usage: 'info eid',
  summary: 'Print the EID alone',
  everyReader: true,
  examples: ['lpa info eid', 'lpa info eid --reader 2'],
  run: async (app) => ({ eid: await getEid(await app.openIsdr()) }),
  text: ({ eid }) => eid,
});

const versions = (...parts: readonly (string | undefined)[]): string | undefined => {
  const known = parts.filter((part) => part !== undefined);
  return known.length > 0 ? known.join(', ') : undefined;
};

const namesText = (names: readonly string[] | undefined): string | undefined =>
  names && (names.length > 0 ? names.join(' ') : '(none)');

/** `firmware 1.0.0, GlobalPlatform 2.3.1`: what is known of these. */
const listed = (...parts: readonly (readonly [string, string | undefined])[]): string | undefined =>
  versions(...parts.map(([name, value]) => (value === undefined ? undefined : `${name} ${value}`.trim())));

/** What a profile takes, more or less: few take more. */
const USUAL_PROFILE = 48 * 1024;
const BAR = 16;

/**
 * A card does not tell how much memory it has in all, so the bar is of what the free memory is good for: a mark for each
 * profile of the usual size.
 */
function memoryText(free: number, { columns }: Look): string {
  if (columns === undefined) return octetsText(free);
  const profiles = Math.floor(free / USUAL_PROFILE);
  const marks = Math.min(profiles, BAR);
  const room = profiles === 0 ? 'room for a small profile at most' : `room for about ${plural(profiles, 'profile')}`;
  return `${octetsText(free)}  [${'#'.repeat(marks)}${'.'.repeat(BAR - marks)}]  ${room}`;
}

function eidText(eid: string, { paint }: Look): string {
  return eidCheckDigitsHold(eid) ? eid : `${eid}  ${paint.caution('check digits do not hold')}`;
}

/** EUMs by the eight digits that their EIDs begin with (SGP.29). */
// biome-ignore format: a table
const MAKERS: Readonly<Record<string, string>> = {
  '89033023': 'Thales', '89033024': 'IDEMIA', '89034011': 'Valid', '89044045': 'Kigen', '89049032': 'Giesecke+Devrient (and SGP.26 test cards)',
  '89086030': 'Eastcompeace',
};

const makerOf = (eid: string): string | undefined => MAKERS[eid.slice(0, 8)];

/** Mostly the two lists are the same, and then they are shown once. */
function ciRows({
  euiccCiPKIdListForVerification: verification,
  euiccCiPKIdListForSigning: signing,
}: {
  readonly euiccCiPKIdListForVerification: readonly string[];
  readonly euiccCiPKIdListForSigning: readonly string[];
}): [string, readonly string[]][] {
  if (verification.length > 0 && verification.join() === signing.join()) return [['CIs', verification]];
  return [
    ['Verifies under', verification],
    ['Signs under', signing],
  ];
}

function ciText(id: string, { paint }: Look): string {
  const name = ciName(id);
  const shown = name ? `${id}  ${name}` : id;
  return isTestCi(id) ? `${shown}  ${paint.caution('test CI')}` : shown;
}

function ruleText({ pprIds, allowedOperators, pprFlags }: ProfilePolicyAuthorisationRule): string {
  const consent = pprFlags.includes('consentRequired') ? ', with your consent' : '';
  return `${pprIds.join(', ')} for ${allowedOperators.map(operatorText).join(', ')}${consent}`;
}
