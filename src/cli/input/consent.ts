/**
 * The one question of a download, and all that belongs to it: what is offered, rules that want an answer of their own, the
 * confirmation code. SGP.22 v2.5 §3.1.3, §2.9.2.4.
 */
import { type CancelledError, UsageError } from '../../lpa/errors.ts';
import { describeCi } from '../../lpa/pki/ci-names.ts';
import type { ConsentAnswer } from '../../lpa/procedures/download.ts';
import type { Offer, OfferSoFar } from '../../lpa/procedures/offer.ts';
import { displayText, jsonText } from '../../terminal/safe-text.ts';
import { wrapped } from '../../terminal/wrap.ts';
import type { App } from '../app.ts';
import { classOf } from '../output/profile-names.ts';
import type { Answer } from './prompt.ts';

export interface ConsentOptions {
  readonly confirmationCode: string | undefined;
  /** Of `--accept-rules`. */
  readonly acceptedRules: readonly string[];
}

type Cancel = { readonly cancel: CancelledError['reason'] };

/** @returns what `downloadProfile` asks */
export function consentOf(app: App, options: ConsentOptions): (offer: Offer) => Promise<ConsentAnswer> {
  let given = options.confirmationCode;
  let accepted: readonly string[] = options.acceptedRules;
  return async (offer) => {
    if (offer.confirmationCodeRefused) {
      app.warn(`the confirmation code was refused${triesText(offer.confirmationCodeTriesLeft)}`);
      given = undefined;
    }
    if (!offer.consentedBefore) {
      if (offer.confirmationCodeRefused) app.warn('the offer is not what it was before: look at it again');
      app.progress.clear();
      showOffer(app, offer);
      const answer = app.settings.yes ? 'yes' : await askDownload(app);
      if (answer !== 'yes') return answer;
      const rules = await askRules(app, offer, accepted);
      if ('cancel' in rules) return rules;
      accepted = rules.accepted;
    }
    if (!offer.ccRequired) {
      if (given !== undefined) app.warn('the confirmation code was not used: the server does not require one');
      return { acceptedRules: accepted };
    }
    const code = given ?? (await askConfirmationCode(app, offer));
    return typeof code === 'string' ? { confirmationCode: code, acceptedRules: accepted, onlyCode: !app.interactive } : code;
  };
}

/** What the server says of further tries. */
function triesText(left: number | undefined): string {
  if (left === undefined) return '';
  return left === 1 ? ': one try is left, and another wrong confirmation code locks the order' : `: ${left} tries are left`;
}

/** What `--accept-rules` was given. @throws {UsageError} */
export function acceptedRulesFrom(text: string | undefined): readonly string[] {
  const rules =
    text
      ?.toLowerCase()
      .split(',')
      .map((rule) => rule.trim()) ?? [];
  if (rules.some((rule) => rule !== 'ppr1' && rule !== 'ppr2')) throw new UsageError('--accept-rules: ppr1, ppr2 or ppr1,ppr2');
  return rules;
}

/** What each rule means for the user. */
export const RULE_TEXTS: Readonly<Record<string, string>> = {
  ppr1: 'it cannot be disabled on this card: no other profile can be used until the operator allows it',
  ppr2: 'it cannot be deleted from this card until the operator allows it',
};

function showOffer(app: App, offer: Offer): void {
  const { quiet, progress } = app.settings;
  if (progress === 'json') app.io.stderr(`${jsonText({ step: 'preview', ...offerMembers(offer) })}\n`);
  else if (!quiet || app.interactive) app.io.stderr(`${preview(offer, app.io.stderrColumns)}\n`);
  else for (const warning of offer.warnings) app.warn(warning);
}

/** The offer as members of a JSON object. */
export const offerMembers = ({ address, smdpOid, trustedBy, ciPKId, metadata, ccRequired, warnings }: OfferSoFar) => ({
  smdpAddress: address,
  smdpOid,
  trustedBy,
  ciPKId,
  profileMetadata: metadata,
  confirmationCodeRequired: ccRequired,
  ...(warnings.length > 0 && { warnings }),
});

/** The offer in words; safe to print. @param columns of the terminal that it is for */
export function preview(offer: OfferSoFar, columns?: number): string {
  const { metadata, address, smdpOid, trustedBy, ciPKId, ccRequired, warnings } = offer;
  const { profileName, serviceProviderName, iccid, profileOwner, profilePolicyRules = [] } = metadata;
  const rules = Object.entries(RULE_TEXTS).filter(([rule]) => (profilePolicyRules as readonly string[]).includes(rule));
  const profileClass = classOf(metadata);
  const rows: (readonly [string, string])[] = [
    ['Profile', profileName],
    ['Provider', serviceProviderName],
    ['ICCID', iccid],
    [
      'Class',
      profileClass === 'test'
        ? 'test: not for use; its keys are public, and a card in the field should not hold it'
        : profileClass,
    ],
    ...(profileOwner ? [['Owner', profileOwner.mccMnc] as const] : []),
    ...rules.map(([rule, text]) => ['Rule', `${rule.toUpperCase()}: ${text}`] as const),
    ['Server', `${address} (OID ${smdpOid})`],
    ['Trusted', TRUST_TEXTS[trustedBy]],
    ['CI', describeCi(ciPKId)],
    ...(ccRequired ? [['Code', 'the server wants a confirmation code'] as const] : []),
    ...warnings.map((warning) => ['Warning', warning] as const),
  ];
  return rows.map(([label, text]) => wrapped(`  ${label.padEnd(8)}  ${displayText(text, 120)}`, 12, columns)).join('\n');
}

const TRUST_TEXTS = {
  chip: 'under a CI that the card lists',
  ca: 'under a CI given with --ca',
  web: "by the web's roots alone, not under a CI that the card lists",
} as const;

const QUESTION = `\
Refused for good, the operator may withdraw the profile; later changes nothing.
Download? [y]es, [l]ater (default), [r]efuse for good: `;

async function askDownload(app: App): Promise<'yes' | Cancel> {
  for (;;) {
    const answer = await app.ask(QUESTION);
    if (typeof answer === 'string') return { cancel: withoutAnswer(answer) };
    const word = answer.text.trim().toLowerCase();
    if (word === 'y' || word === 'yes') return 'yes';
    if (word === '' || word === 'l' || word === 'later') return { cancel: 'postponed' };
    if (word === 'r' || word === 'refuse') return { cancel: 'endUserRejection' };
    app.notice('y, l or r');
  }
}

const withoutAnswer = (answer: Exclude<Answer, object>): CancelledError['reason'] =>
  answer === 'timeout' ? 'timeout' : 'postponed';

async function askRules(
  app: App,
  { rules }: Offer,
  accepted: readonly string[],
): Promise<Cancel | { accepted: readonly string[] }> {
  const open = rules.filter(({ rule, consentRequired }) => consentRequired && !accepted.includes(rule));
  if (open.length > 0 && !app.interactive) {
    const names = open.map(({ rule }) => rule).join(',');
    throw new UsageError(`the profile has rules that want your consent: ${names}`, {
      remedy: `--accept-rules ${names} gives it; \`lpa help download\` says what they mean`,
    });
  }
  for (const { rule } of open) {
    const meaning = wrapped(`${rule.toUpperCase()}: ${RULE_TEXTS[rule]}.`, 6, app.io.stderrColumns);
    const answer = await app.ask(`${meaning}\nAccept this rule? [y]es, [n]o (default): `);
    if (typeof answer === 'string') return { cancel: withoutAnswer(answer) };
    if (!/^y(es)?$/i.test(answer.text.trim())) return { cancel: 'postponed' };
  }
  return { accepted: [...accepted, ...open.map(({ rule }) => rule)] };
}

async function askConfirmationCode(app: App, { address, metadata }: Offer): Promise<string | Cancel> {
  if (!app.interactive) {
    throw new UsageError('the server wants a confirmation code', {
      remedy: 'give it with --confirmation-code or --confirmation-code-file',
    });
  }
  const provider = displayText(metadata.serviceProviderName, 40);
  const answer = await app.ask(`Confirmation code for ${address} (${provider}): `, { hidden: true });
  if (typeof answer === 'string') return { cancel: withoutAnswer(answer) };
  const code = answer.text.trim();
  if (code === '') return { cancel: 'postponed' };
  app.secrets.addText(code);
  return code;
}
