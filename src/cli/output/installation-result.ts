/** An installation result among pending notifications: as JSON, and in words. SGP.22 v2.5 §2.5.6. */
import { explain } from '../../failures/explain-error.ts';
import { installationError } from '../../lpa/procedures/install.ts';
import type { ProfileInstallationResultData } from '../../lpa/sgp22/notification.ts';

/** `finalResult` without the octets of the profile package interpreter. */
export type FinalResult =
  | { readonly successResult: { readonly aid?: string } }
  | { readonly errorResult: { readonly bppCommandId: string; readonly errorReason: string } };

export function finalResultOf({ finalResult }: ProfileInstallationResultData): FinalResult {
  if ('successResult' in finalResult) {
    const { aid } = finalResult.successResult;
    return { successResult: aid === undefined ? {} : { aid } };
  }
  const { bppCommandId, errorReason } = finalResult.errorResult;
  return { errorResult: { bppCommandId, errorReason } };
}

/** Returns `success`, or why the installation failed. */
export function resultText(data: ProfileInstallationResultData, platform: NodeJS.Platform): string {
  const error = installationError(data);
  return error ? explain(error, platform).message : 'success';
}
