/** lpa-lab profile: a profile package for any SM-DP+. */
import { writeFileSync } from 'node:fs';
import { UsageError } from '../../../lpa/errors.ts';
import { labCommand } from '../command.ts';

export const profile = labCommand({
  name: 'profile',
  summary: 'Write a valid profile package (SAIP) to a file',
  examples: [
    'lpa-lab profile --output alpha.der',
    'lpa-lab profile --iccid 8988201000000000019 --imsi 001010000000001 --size 20000 --output big.der',
  ],
  options: {
    output: { flags: '-o, --output <file>', text: 'where to write it; - for stdout' },
    iccid: { flags: '--iccid <digits>', text: '18 to 20 digits' },
    imsi: { flags: '--imsi <digits>', text: '6 to 15 digits' },
    provider: { flags: '--provider <name>', text: 'the name that the USIM shows (EF.SPN)' },
    version: { flags: '--saip <version>', text: 'of the format', choices: ['2.1', '2.3', '3.1', '3.3'] },
    algorithm: {
      flags: '--algorithm <name>',
      text: 'of the network',
      choices: ['milenage', 'tuak128', 'tuak256', 'usim-test-algorithm'],
    },
    test: { flags: '--test', text: 'a test profile, with the network key that everybody knows' },
    size: { flags: '--size <octets>', text: 'filled up with files to this length, or up to four octets less' },
  },
  async run(desk, { output, iccid, imsi, provider, version, algorithm, test, size }) {
    if (output === undefined) throw new UsageError('--output: say which file', { remedy: 'lpa-lab profile --output alpha.der' });
    const { buildProfilePackage } = await import('../../profile/build.ts');
    const octets = buildProfilePackage({
      ...(iccid !== undefined && { iccid }),
      ...(imsi !== undefined && { imsi }),
      ...(provider !== undefined && { serviceProviderName: provider }),
      ...(version !== undefined && { version }),
      ...(algorithm !== undefined && { algorithm }),
      ...(test && { testProfile: true }),
      ...(size !== undefined && { size: wholeNumber(size, '--size') }),
    });
    if (output === '-') process.stdout.write(octets);
    else writeFileSync(output, octets);
    desk.say(`${octets.length} octets`);
    return 0;
  },
});

function wholeNumber(text: string, flag: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${flag}: not a number`);
  return Number(text);
}
