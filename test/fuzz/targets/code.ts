/** Activation codes and addresses: what is accepted means one thing, to us and to whoever makes a URL of it. */
import { utf8Bytes, utf8Text } from '../../../src/lpa/bytes.ts';
import { UsageError } from '../../../src/lpa/errors.ts';
import { formatActivationCode, parseActivationCode } from '../../../src/lpa/procedures/activation-code.ts';
import { parseAddress, sameAddress } from '../../../src/lpa/procedures/address.ts';
import { mutateOctets } from '../mutate.ts';
import { Finding, outcomeNow, type Target } from '../target.ts';

const TEXTS = [
  'LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815',
  '1$rsp.operator.example:8443$QR-G-5C-1LS-1W1Z9P7$1.3.6.1.4.1.31746$1',
  'lpa:1$localhost$$$1$F54172BDF98A95D65CBEB88A38A1C11D800A85C3$abc',
  'https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=LPA:1$smdp.example.com$ABC',
  'https://esimsetup.android.com/esim_qrcode_provisioning?carddata=LPA%3A1%24smdp.example.com%24ABC',
  'LPA:1$bücher.example$X',
  'smdp.example.com:443',
  '１２７.0.0.1',
  '0x7f.1',
  'xn--bcher-kva.example',
];

const WORDS = [
  '$',
  'LPA:1$',
  ':',
  '.',
  '..',
  '-',
  '@',
  '/',
  '\\',
  '\u0000',
  '\u202e',
  '\u200d',
  '。',
  '％',
  '%00',
  '0x',
  '１',
  'ß',
  'İ',
  '\u0301',
  'xn--',
  '\ud800',
  '[::1]',
  '?',
  '#',
  '\ufeff',
  '\n',
];

export const code: Target = {
  name: 'code',
  mutate: mutateOctets,
  words: WORDS.map(utf8Bytes),
  seeds: () => TEXTS.map(utf8Bytes),
  run(input) {
    const text = utf8Text(input);
    return `${codeOutcome(text)}; ${addressOutcome(text)}`;
  },
};

function codeOutcome(text: string): string {
  const outcome = outcomeNow(() => parseActivationCode(text));
  if (outcome !== 'ok') {
    if (!outcome.startsWith('usage')) throw new Finding(`not a UsageError: ${outcome}`);
    try {
      parseActivationCode(text);
    } catch (error) {
      if (error instanceof UsageError) checkSilent(error, text);
    }
    return outcome;
  }
  const { ignoredFields: _, warnings: __, ...read } = parseActivationCode(text);
  const { ignoredFields, warnings, ...again } = parseActivationCode(formatActivationCode(read));
  if (JSON.stringify(again) !== JSON.stringify(read)) throw new Finding('written and read again it is another code');
  addressOutcome(read.smdpAddress);
  return 'ok';
}

/** A code is a secret: no run of six characters of it stands in an error. */
function checkSilent({ message }: UsageError, text: string): void {
  const words = /[0-9A-Z-]{8,}/.exec(text.split('$')[2] ?? '')?.[0];
  if (words && message.includes(words)) throw new Finding('the error repeats the matching ID');
}

function addressOutcome(text: string): string {
  const address = parseAddress(text);
  if ('problem' in address) {
    if (!(address.column >= 1 && address.column <= [...text].length + 1)) throw new Finding(`column ${address.column}`);
    return address.problem;
  }
  const again = parseAddress(address.authority);
  if (JSON.stringify(again) !== JSON.stringify(address)) throw new Finding('written and read again it is another address');
  if (!sameAddress(address.authority, address)) throw new Finding('it is not the same as itself');
  const url = new URL(`https://${address.authority}/gsma/rsp2`);
  const sane = url.hostname === address.host && url.port === (address.port === 443 ? '' : String(address.port ?? ''));
  if (
    !sane ||
    url.username !== '' ||
    url.password !== '' ||
    url.pathname !== '/gsma/rsp2' ||
    url.search !== '' ||
    url.hash !== ''
  )
    throw new Finding(`a URL makes ${url.href} of it`);
  if (/^[\d.]+$/.test(url.hostname)) throw new Finding('an IP address was taken for a name');
  return 'address';
}
