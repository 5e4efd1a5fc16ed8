/** lpa qr: an activation code drawn, or read from a picture. Touches no card and no network. */
import { type ActivationCode, formatActivationCode } from '../../lpa/procedures/activation-code.ts';
import { command } from '../command.ts';
import { sourcedCode } from '../input/activation-code-source.ts';

interface Result {
  readonly code: ActivationCode;
  readonly lines: string;
  readonly drawn: boolean;
  /** As given; a code given as it stands is a secret. */
  readonly source: string;
}

export const qr = command({
  usage: 'qr <code>',
  takesCode: true,
  summary: 'Draw an activation code in the terminal, or read one from a picture',
  details:
    'A picture gives the code as text, a code gives its picture. What is shown is a secret: whoever has it can have the profile.',
  examples: ["lpa qr 'LPA:1$smdp.example.com$MATCHING-ID'", 'lpa qr picture.png', 'lpa qr - < picture.png'],
  arguments: { code: 'an activation code, a picture of its QR code, or - for either on stdin' },
  async run(app, _options, source: string): Promise<Result> {
    const { code, picture } = await sourcedCode(app, source);
    const text = formatActivationCode(code);
    const { drawCode } = await import('../../terminal/qr-code.ts');
    return { code, lines: picture ? text : await drawCode(text), drawn: !picture, source };
  },
  text: ({ lines, drawn }, { paint }) =>
    drawn
      ? lines
          .split('\n')
          .map((line) => paint.screen(line))
          .join('\n')
      : lines,
  json: ({ code: { smdpAddress, matchingId, smdpOid, confirmationCodeRequired } }) => ({
    smdpAddress,
    matchingId,
    ...(smdpOid && { smdpOid }),
    confirmationCodeRequired,
  }),
  next: ({ drawn, source }) =>
    drawn
      ? 'a phone can scan it; `lpa download` with the same code installs it here'
      : `\`lpa download ${/^[\w./-]{1,60}$/.test(source) ? source : '<picture>'}\``,
});
