/** Which server and order a command is for: an activation code, or `--smdp` and `--matching-id`. */
import { UsageError } from '../../lpa/errors.ts';
import { matchingIdFault, matchingIdWarnings } from '../../lpa/procedures/activation-code.ts';
import { addressFrom } from '../../lpa/procedures/address.ts';
import { type Target, targetOf } from '../../lpa/procedures/authenticate.ts';
import type { OptionsOf, OptionTable } from '../../terminal/option.ts';
import type { App } from '../app.ts';
import { activationCodeFrom } from './activation-code-source.ts';

export const TARGET_OPTIONS = {
  smdp: { flags: '--smdp <address>', text: 'SM-DP+ address, instead of an activation code' },
  matchingId: { flags: '--matching-id <id>', text: 'matching ID of the order at that SM-DP+' },
} as const satisfies OptionTable;
type TargetOptions = OptionsOf<typeof TARGET_OPTIONS>;

/** Checks the combination of options before a card or a server is used. @throws {UsageError} */
export function checkTarget({ smdp, matchingId }: TargetOptions, source?: string): void {
  if (source !== undefined && (smdp !== undefined || matchingId !== undefined)) {
    throw new UsageError('an activation code cannot be used with --smdp or --matching-id');
  }
  if (matchingId !== undefined && smdp === undefined) throw new UsageError('--matching-id requires --smdp');
}

/** Returns the server and the order; no target where neither an activation code nor `--smdp` is given. @throws {UsageError} */
export async function targetFrom(
  app: App,
  { smdp, matchingId }: TargetOptions,
  source?: string,
): Promise<{ target?: Target; confirmationCodeRequired: boolean }> {
  if (source !== undefined) {
    const code = await activationCodeFrom(app, source);
    return { target: targetOf(code), confirmationCodeRequired: code.confirmationCodeRequired };
  }
  if (smdp === undefined) return { confirmationCodeRequired: false };
  const address = addressFrom(smdp, '--smdp').authority;
  if (matchingId === undefined) return { target: { address }, confirmationCodeRequired: false };
  const fault = matchingIdFault(matchingId);
  if (fault) throw new UsageError(`--matching-id: ${fault.problem} (column ${fault.column})`);
  app.secrets.addText(matchingId);
  for (const warning of matchingIdWarnings(matchingId)) app.warn(`--matching-id: ${warning}`);
  return { target: { address, matchingId }, confirmationCodeRequired: false };
}
