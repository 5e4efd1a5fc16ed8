/** lpa doctor: everything between the user and a working download, looked at one by one. */

import type { ServerSide } from '../../lpa/pki/trust.ts';
import { parseAddress } from '../../lpa/procedures/address.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { wrapped } from '../../terminal/wrap.ts';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { type CardReport, checkCard } from '../doctor/card.ts';
import { checkClock } from '../doctor/clock.ts';
import { CHECKS, type CheckName, type Finding } from '../doctor/finding.ts';
import { checkServer } from '../doctor/server.ts';
import { activationCodeFrom } from '../input/activation-code-source.ts';
import { plural } from '../output/profile-names.ts';

export const doctor = command({
  usage: 'doctor [<code>]',
  takesCode: true,
  summary: 'Look for what stands in the way of a download',
  details:
    'Readers, the card and its eUICC, the clock, and the way to the server: of the code where one is given, else of the card. ' +
    'Nothing is changed, the code is not used, and nothing is sent to the server. The exit code is that of the first thing ' +
    'that is wrong: 3 reader or card, 4 memory, 6 network or undelivered notifications, 8 trust or clock.',
  examples: ['lpa doctor', "lpa doctor 'LPA:1$smdp.example.com$MATCHING-ID'", "lpa doctor --json | jq '.[] | select(.ok | not)'"],
  arguments: { code: 'an activation code, a picture of its QR code, or - for either on stdin: its server is looked at' },
  async run(app, _options, source?: string): Promise<readonly Finding[]> {
    const code = source === undefined ? undefined : await activationCodeFrom(app, source);
    const card = checkCard(app);
    const { findings, error } = await checkServerOf(app, code?.smdpAddress, card);
    const all = [...(await card).findings, checkClock(new Date(), error), ...findings];
    const order = Object.keys(CHECKS);
    return all.sort((a, b) => order.indexOf(a.check) - order.indexOf(b.check));
  },
  text(findings, { paint, columns }) {
    const width = Math.max(...Object.values(CHECKS).map(({ length }) => length));
    const indent = 5 + 2 + width + 2;
    const lines = findings.flatMap(({ check, ok, message, remedy }) => {
      const line = wrapped(
        `${ok ? 'ok   ' : 'wrong'}  ${CHECKS[check].padEnd(width)}  ${displayText(message, 400)}`,
        indent,
        columns,
      );
      const hint = `${' '.repeat(indent)}hint: ${displayText(remedy ?? '', 400)}`;
      return [
        line.replace(/^\w+/, (word) => (ok ? paint.good : paint.bad)(word)),
        ...(remedy === undefined ? [] : [wrapped(hint, indent + 6, columns).replace('hint:', (label) => paint.strong(label))]),
      ];
    });
    const wrong = findings.filter(({ ok }) => !ok).length;
    const looked: readonly CheckName[] = findings.map(({ check }) => check);
    return [
      ...lines,
      wrong === 0 ? 'Nothing is wrong.' : `${plural(wrong, 'thing is', 'things are')} wrong.`,
      ...(looked.includes('name') ? [] : ['No server was looked at: an activation code names one.']),
    ].join('\n');
  },
  json: (findings) =>
    findings.map(({ check, ok, message, remedy }) => ({ check, ok, message, ...(remedy !== undefined && { remedy }) })),
  exitCode: (findings) => findings.find(({ ok }) => !ok)?.exitCode ?? 0,
});

/** The server of the code while the card is still asked; without a code, the server that the card would ask itself. */
async function checkServerOf(
  app: App,
  address: string | undefined,
  card: Promise<CardReport>,
): Promise<Partial<Awaited<ReturnType<typeof checkServer>>> & { findings: readonly Finding[] }> {
  const ciPKIds = card.then((report) => report.ciPKIds);
  ciPKIds.catch(() => {}); // whoever waits for the card hears of it
  if (address !== undefined) return checkServer(app, address, 'dp', ciPKIds);
  const { defaultDpAddress, rootDsAddress } = (await card).addresses ?? {};
  const [named, side]: [string | undefined, ServerSide] = defaultDpAddress ? [defaultDpAddress, 'dp'] : [rootDsAddress, 'ds'];
  const parsed = named === undefined ? undefined : parseAddress(named.trim());
  if (!parsed || 'problem' in parsed) return { findings: [] };
  return checkServer(app, parsed.authority, side, ciPKIds);
}
