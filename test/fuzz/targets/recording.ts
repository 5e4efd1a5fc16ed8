/** Recordings: whatever stands in one, reading it ends, and what was read is written and read again as the same. */
import { utf8Bytes, utf8Text } from '../../../src/lpa/bytes.ts';
import { type Entry, parseRecording, printEntry } from '../../../src/lpa/recording.ts';
import { mutateOctets } from '../mutate.ts';
import { Finding, outcomeNow, type Target } from '../target.ts';

const SESSION = `# lpa 1.0.0: info
card Lab 00 00
atr 3B9F96803FC7828031E073FE211B57AA8660F0020001FD
> 00 70 00 00 01
< 01 9000
> 01 A4 04 00 10 A0000005591010FFFFFFFF8900000100 00
< 6F07E0058203020202 9000
# ES10c.GetEID
> 81 E2 91 00 06 BF3E035C015A 00
< BF3E125A10•••••••••••••••••••••••••••••••• 9000
! reset
> 01 C0 00 00 21
! failed gone: Lab 00 00: the card was taken out
`;
const SERVER = `tls smdp.example.com chip 81370F5125D0B1D408D4C3B232E6D25E795BEBFB
>> ES9+.CancelSession smdp.example.com /gsma/rsp2/es9plus/cancelSession
{
  "transactionId": "0123ABCD",
  "cancelSessionResponse": "v0EA"
}
<< 200
{
  "header": {
    "functionExecutionStatus": {
      "status": "Executed-Success"
    }
  }
}
>> ES9+.HandleNotification smdp.example.com /gsma/rsp2/es9plus/handleNotification
"no object"
<< 204
>> ES9+.InitiateAuthentication smdp.example.com /gsma/rsp2/es9plus/initiateAuthentication
{}
<< failed network timeout: no answer within 60 s
`;
const WORDS = [
  'card ',
  'atr ',
  '\n',
  '\r\n',
  '> ',
  '< ',
  '! reset',
  '! failed ',
  'tls ',
  ' web',
  '>> ',
  '<< 200',
  '••',
  '{',
  '}',
  '"',
  '\\u0000',
  '\u2028',
];

export const recording: Target = {
  name: 'recording',
  mutate: mutateOctets,
  words: WORDS.map(utf8Bytes),
  seeds: () => [SESSION, SERVER, SESSION + SERVER].map(utf8Bytes),
  run: (input) =>
    outcomeNow(() => {
      const written = print(parseRecording(utf8Text(input)));
      let again: string;
      try {
        again = print(parseRecording(written));
      } catch (error) {
        throw new Finding(`what was written cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      }
      if (again !== written) throw new Finding('what was written is read as something else');
    }),
};

const print = (entries: readonly Entry[]): string => entries.map(printEntry).join('');
