/** lpa inspect: what an activation code stands for, and nothing taken. SGP.22 v2.5 §3.1.3 up to the question. */
import { EuiccError, UsageError } from '../../lpa/errors.ts';
import { type Inspected, inspectOffer } from '../../lpa/procedures/discovery.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { wrapped } from '../../terminal/wrap.ts';
import { command } from '../command.ts';
import { offerMembers, preview } from '../input/consent.ts';
import { checkTarget, TARGET_OPTIONS, targetFrom } from '../input/target.ts';
import { errorMembers } from '../output/present.ts';

type Result = Inspected & {
  /** Of `refusal`, in words. */
  readonly refused?: Awaited<ReturnType<typeof errorMembers>>;
};

const isOnEuicc = ({ refusal }: Result): boolean => refusal instanceof EuiccError && refusal.result === 'iccidAlreadyExists';

export const inspect = command({
  usage: 'inspect [<code>]',
  takesCode: true,
  summary: 'Show what an activation code stands for, and take nothing',
  details:
    'Authenticates with the server, shows the profile that it offers, its rules and whether a confirmation code is wanted, and ' +
    'postpones the session. The code stays good; but the server may count this as an attempt, and may keep the code for this ' +
    'card from now on.',
  examples: [
    "lpa inspect 'LPA:1$smdp.example.com$MATCHING-ID'",
    'lpa inspect picture.png --json | jq .profileMetadata',
    'lpa inspect --smdp smdp.example.com --matching-id MATCHING-ID',
  ],
  arguments: { code: 'an activation code, a picture of its QR code, or - for either on stdin' },
  options: TARGET_OPTIONS,
  session: true,
  async run(app, options, source?: string): Promise<Result> {
    checkTarget(options, source);
    const { target } = await targetFrom(app, options, source);
    if (!target)
      throw new UsageError('an activation code or --smdp is required', { remedy: '`lpa discover` looks without either' });
    if (target.matchingId) app.useCode(target.address, target.matchingId);
    const inspected = await inspectOffer(await app.lpa(), target);
    if (!inspected.refusal) return inspected;
    return { ...inspected, refused: await errorMembers(inspected.refusal, app) };
  },
  text(offer, { paint, columns }) {
    const asked = offer.rules.filter(({ consentRequired }) => consentRequired).map(({ rule }) => rule.toUpperCase());
    return [
      preview(offer, columns),
      ...(offer.ccRequired ? [] : ['  Code      no confirmation code is wanted']),
      ...(asked.length > 0 ? [`  Consent   ${asked.join(' and ')} would be asked for`] : []),
      ...(offer.refused
        ? [
            wrapped(`  Refused   ${displayText(offer.refused.message, 300)}`, 12, columns).replace('Refused', (label) =>
              paint.caution(label),
            ),
          ]
        : []),
      wrapped(
        isOnEuicc(offer)
          ? 'Nothing was installed. Run `lpa list` to see the profile.'
          : 'Nothing was taken and the code stays good. The server may have counted an attempt, and may keep the code for this card.',
        0,
        columns,
      ),
    ].join('\n');
  },
  json: ({ refused, ...offer }) => ({
    ...offerMembers(offer),
    policy: { rules: offer.rules, allowed: refused?.code !== 'policy' },
    ...(refused && { refused }),
  }),
  next: ({ refused }) => (refused ? undefined : '`lpa download` with the same code installs it'),
});
