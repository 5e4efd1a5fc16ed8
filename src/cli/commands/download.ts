/** lpa download: from an activation code to a profile on the card. SGP.22 v2.5 §3.1.3. */
import { isValidText } from '../../lpa/bytes.ts';
import { CardError, EuiccError, LpaError, UsageError } from '../../lpa/errors.ts';
import { LOAD_BOUND_PROFILE_PACKAGE } from '../../lpa/es10/es10b.ts';
import { getProfilesInfo } from '../../lpa/es10/es10c.ts';
import { fileReason } from '../../lpa/file-error.ts';
import { readInput } from '../../lpa/input-file.ts';
import { downloadProfile } from '../../lpa/procedures/download.ts';
import type { Installation } from '../../lpa/procedures/install.ts';
import { checkNickname, renameProfile, switchProfile } from '../../lpa/procedures/switch.ts';
import type { OptionsOf, OptionTable } from '../../terminal/option.ts';
import { displayText } from '../../terminal/safe-text.ts';
import type { App } from '../app.ts';
import { command } from '../command.ts';
import { takeFirst } from '../downloads/pending-download.ts';
import { deliverPending } from '../downloads/send-notifications.ts';
import { textFromStdin } from '../input/activation-code-source.ts';
import { acceptedRulesFrom, consentOf } from '../input/consent.ts';
import { checkTarget, TARGET_OPTIONS, targetFrom } from '../input/target.ts';
import { textIn } from '../input/text-file.ts';
import { alsoTell } from '../output/present.ts';

const OPTIONS = {
  ...TARGET_OPTIONS,
  confirmationCode: { flags: '--confirmation-code <code>', text: 'what the operator gave beside the activation code' },
  confirmationCodeFile: {
    flags: '--confirmation-code-file <file>',
    text: 'the same from a file, or - for stdin: unseen by others',
  },
  acceptRules: {
    flags: '--accept-rules <rules>',
    text: 'policy rules that you agree to: ppr1, ppr2 or ppr1,ppr2',
    offers: async () => ['ppr1', 'ppr2', 'ppr1,ppr2'],
  },
  enable: { flags: '--enable', text: 'enable the profile after installing it' },
  nickname: { flags: '--nickname <name>', text: 'and call it so' },
} as const satisfies OptionTable;
type Options = OptionsOf<typeof OPTIONS>;

interface Downloaded extends Pick<Installation, 'iccid' | 'isdpAid' | 'metadata'> {
  readonly profileState: 'disabled' | 'enabled';
  readonly notificationsPending?: number;
}

export const download = command({
  usage: 'download [<code>]',
  takesCode: true,
  summary: 'Download a profile and install it',
  details:
    'Shows what the server offers and asks before anything is installed. Without a code the default SM-DP+ of the card is asked ' +
    'what it has for this card, then its SM-DS. A rule PPR1 means that the profile cannot be disabled, PPR2 that it cannot be deleted. ' +
    'A code given as an argument can be seen by other users of this machine while the command runs; - and a picture cannot.',
  examples: [
    "lpa download 'LPA:1$smdp.example.com$MATCHING-ID'",
    'lpa download picture.png',
    'lpa download - --yes < code.txt',
    'lpa download --smdp smdp.example.com --matching-id MATCHING-ID --enable --nickname work',
  ],
  arguments: { code: 'an activation code, a picture of its QR code, or - for either on stdin' },
  options: OPTIONS,
  changes: true,
  session: true,
  async run(app, options, source?: string): Promise<Downloaded> {
    checkOptions(app, options, source);
    const confirmationCode = await confirmationCodeFrom(app, options);
    const { target, confirmationCodeRequired } = await targetFrom(app, options, source);
    if (target?.matchingId) app.useCode(target.address, target.matchingId);
    if (confirmationCodeRequired && confirmationCode === undefined && !app.interactive) {
      throw new UsageError('the activation code wants a confirmation code with it', {
        remedy: 'give it with --confirmation-code or --confirmation-code-file',
      });
    }
    const consent = consentOf(app, { confirmationCode, acceptedRules: acceptedRulesFrom(options.acceptRules) });
    const lpa = await app.lpa().catch((error: unknown) => {
      // No card, no reader: whoever holds a code wants to know of it all the same.
      if (target?.matchingId && error instanceof CardError) error.codeState = 'untouched';
      throw error;
    });
    let installed: Installation;
    try {
      installed = target ? await downloadProfile(lpa, target, consent) : await takeFirst(app, consent);
    } catch (error) {
      // A failed installation has a result too, and its server is waiting for it.
      if (error instanceof EuiccError && error.function === LOAD_BOUND_PROFILE_PACKAGE) await deliverPending(app);
      throw error;
    }
    return afterInstalling(app, installed, options);
  },
  text: ({ iccid, metadata, profileState }, { paint }) => {
    const name = displayText([metadata.serviceProviderName, metadata.profileName].filter(Boolean).join(' '), 60);
    return `${paint.good('Installed')} ${iccid}${name === '' ? '' : ` (${name})`}, ${profileState}`;
  },
  json: ({ iccid, isdpAid, metadata, profileState, notificationsPending }) => ({
    iccid,
    isdpAid,
    serviceProviderName: metadata.serviceProviderName,
    profileName: metadata.profileName,
    profileState,
    notificationsPending,
  }),
  next: ({ iccid, profileState }) => (profileState === 'disabled' ? `\`lpa enable ${iccid}\`` : '`lpa list`'),
  async afterwards(app, result) {
    const notificationsPending = await deliverPending(app);
    return { ...result, ...(notificationsPending !== undefined && { notificationsPending }) };
  },
});

/** What can be known to be wrong before a card or a server is touched. @throws {UsageError} */
function checkOptions(app: App, options: Options, source?: string): void {
  checkTarget(options, source);
  const { confirmationCode, confirmationCodeFile, nickname } = options;
  if (nickname !== undefined) checkNickname(nickname);
  if (confirmationCode !== undefined && confirmationCodeFile !== undefined) {
    throw new UsageError('--confirmation-code and --confirmation-code-file do not go together');
  }
  if (source === '-' && confirmationCodeFile === '-') throw new UsageError('stdin cannot hold both codes');
  if (!app.settings.yes && !app.interactive) {
    throw new UsageError('a download has to be agreed to, and nobody is there to be asked', {
      remedy:
        source === '-'
          ? 'add --yes to install whatever the code stands for, or name the file that it is in: then stdin is yours'
          : 'add --yes to install whatever the code stands for',
    });
  }
}

async function confirmationCodeFrom(app: App, { confirmationCode, confirmationCodeFile }: Options): Promise<string | undefined> {
  const code = confirmationCode ?? (confirmationCodeFile === undefined ? undefined : await readCode(app, confirmationCodeFile));
  if (code === undefined) return undefined;
  const trimmed = code.trim();
  if (trimmed === '') throw new UsageError('the confirmation code is empty');
  if (!isValidText(trimmed)) throw new UsageError('the confirmation code is not valid UTF-8');
  app.secrets.addText(trimmed);
  return trimmed;
}

/** Octets: one line in UTF-8 or UTF-16. */
const MAX_CONFIRMATION_CODE_FILE = 64 * 1024;

async function readCode(app: App, file: string): Promise<string> {
  if (file === '-') return textFromStdin(app);
  try {
    return textIn(await readInput(file, MAX_CONFIRMATION_CODE_FILE));
  } catch (cause) {
    throw new UsageError(`--confirmation-code-file ${displayText(file, 200)}: ${fileReason(cause)}`, { cause });
  }
}

/** Nickname and enabling. What fails here leaves an installed profile, and the error says which. */
async function afterInstalling(app: App, installed: Installation, { enable, nickname }: Options): Promise<Downloaded> {
  const { iccid, isdpAid, metadata } = installed;
  const result = { iccid, ...(isdpAid && { isdpAid }), metadata };
  if (!enable && nickname === undefined) return { ...result, profileState: 'disabled' };
  try {
    const isdr = await app.openIsdr();
    const profile = (await getProfilesInfo(isdr)).find((candidate) => candidate.iccid === iccid);
    if (!profile)
      throw new EuiccError('ES10c.GetProfilesInfo', 'iccidOrAidNotFound', { message: 'the eUICC does not list the new profile' });
    if (nickname !== undefined) await renameProfile(isdr, profile, nickname);
    if (enable) await switchProfile(isdr, 'enabled', profile);
    return { ...result, profileState: enable ? 'enabled' : 'disabled' };
  } catch (error) {
    await deliverPending(app);
    if (error instanceof LpaError) alsoTell(error, { installed: { iccid } });
    throw error;
  }
}
