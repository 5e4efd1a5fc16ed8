/** lpa inspect: what an activation code stands for, and nothing taken. SGP.22 v2.5 §3.1.3 up to the question. */
import { ServerError } from '../../errors.ts';
import { AuthenticateClient } from '../../es9/es9p.ts';
import { targetOf } from '../../procedures/authenticate.ts';
import { type Inspected, inspectOffer } from '../../procedures/discovery.ts';
import { activationCodeFrom } from '../code-source.ts';
import { command } from '../command.ts';
import { preview } from '../consent.ts';
import { wrapped } from '../fill.ts';
import { displayText } from '../foreign-text.ts';
import { errorMembers } from '../present.ts';

type Result = Inspected & {
  /** Of `refusal`, in words. */
  readonly refused?: Awaited<ReturnType<typeof errorMembers>>;
};

export const inspect = command({
  usage: 'inspect <code>',
  takesCode: true,
  summary: 'Show what an activation code stands for, and take nothing',
  details:
    'Authenticates with the server, shows the profile that it offers, its rules and whether a confirmation code is wanted, and ' +
    'postpones the session. The code stays good; but the server may count this as an attempt, and may keep the code for this ' +
    'card from now on.',
  examples: ["lpa inspect 'LPA:1$smdp.example.com$MATCHING-ID'", 'lpa inspect picture.png --json | jq .profileMetadata'],
  arguments: { code: 'an activation code, a picture of its QR code, or - for either on stdin' },
  session: true,
  async run(app, _options, source: string): Promise<Result> {
    const inspected = await inspectOffer(await app.lpa(), targetOf(await activationCodeFrom(app, source)));
    // With a matching ID, though it be empty, a server that has nothing refuses it.
    if (!inspected) throw new ServerError(AuthenticateClient.name, { subjectCode: '8.2.6', reasonCode: '3.8' });
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
        'Nothing was taken and the code stays good. The server may have counted an attempt, and may keep the code for this card.',
        0,
        columns,
      ),
    ].join('\n');
  },
  json: ({ address, smdpOid, trustedBy, ciPKId, metadata, ccRequired, rules, warnings, refused }) => ({
    smdpAddress: address,
    smdpOid,
    trustedBy,
    ciPKId,
    profileMetadata: metadata,
    confirmationCodeRequired: ccRequired,
    policy: { rules, allowed: refused?.code !== 'policy' },
    ...(warnings.length > 0 && { warnings }),
    ...(refused && { refused }),
  }),
  next: ({ refused }) => (refused ? undefined : '`lpa download` with the same code installs it'),
});
