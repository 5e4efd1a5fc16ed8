/** lpa smdp: the server that the card asks first. SGP.22 v2.5 §3.3.4, §5.7.3, §5.7.4. */
import { UsageError } from '../../lpa/errors.ts';
import { getEuiccConfiguredAddresses, setDefaultDpAddress } from '../../lpa/es10/es10a.ts';
import { addressFrom } from '../../lpa/procedures/address.ts';
import { displayText } from '../../terminal/safe-text.ts';
import { command } from '../command.ts';

export const smdp = command({
  usage: 'smdp [<address>]',
  summary: 'Show or set the default SM-DP+',
  examples: ['lpa smdp', 'lpa smdp smdp.example.com', 'lpa smdp --clear'],
  arguments: { address: 'a host name, perhaps with a port; without it the addresses on the card are shown' },
  options: { clear: { flags: '--clear', text: 'remove the default SM-DP+' } },
  async run(app, { clear }, address?: string) {
    if (clear && address !== undefined) throw new UsageError('an address and --clear do not go together');
    const wanted = clear ? '' : address && addressFrom(address, 'SM-DP+ address').authority;
    const isdr = await app.openIsdr();
    if (wanted !== undefined) await setDefaultDpAddress(isdr, wanted);
    // Read again: what the card now says is what holds.
    const { defaultDpAddress, rootDsAddress } = await getEuiccConfiguredAddresses(isdr);
    const addresses = { ...(defaultDpAddress && { defaultDpAddress }), ...(rootDsAddress && { rootDsAddress }) };
    return { addresses, isSet: wanted !== undefined && wanted !== '' };
  },
  json: ({ addresses }) => addresses,
  next: ({ isSet }) => (isSet ? '`lpa discover` asks it what waits for this card' : undefined),
  text: ({ addresses: { defaultDpAddress, rootDsAddress } }) =>
    [
      `Default SM-DP+  ${displayText(defaultDpAddress ?? '(none)')}`,
      `Root SM-DS      ${displayText(rootDsAddress ?? '(none)')}`,
    ].join('\n'),
});
