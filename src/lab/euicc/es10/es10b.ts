/** ES10b on the card: what needs no server. SGP.22 v2.5 §5.7.7 to §5.7.11, §5.7.22. */
import { randomBytes } from 'node:crypto';
import { GetEuiccChallenge, GetEuiccInfo1, GetEuiccInfo2, GetRat } from '../../../lpa/es10/es10b.ts';
import { LPAE_OPTIONS, LpaeActivation } from '../../../lpa/es10/lpae.ts';
import { endSession } from './ending.ts';
import { answer } from './es10.ts';
import { euiccInfo1, euiccInfo2 } from './euicc-info.ts';

const CHALLENGE_OCTETS = 16;

export const es10bAnswers = [
  answer(GetEuiccInfo1, euiccInfo1),
  answer(GetEuiccInfo2, euiccInfo2),
  answer(GetRat, ({ maker }) => ({ rat: maker.rat })),

  answer(
    LpaeActivation,
    ({ manners: { lpae }, log }, { lpaeOption }) => {
      const [option, another] = lpaeOption;
      // One kind is activated at a time (§5.7.1).
      const isSupported = another === undefined && lpae.some((kind) => LPAE_OPTIONS[kind] === option);
      const lpaeActivationResult = isSupported ? 'ok' : 'notSupported';
      log(LpaeActivation.name, `${lpaeOption.join(', ') || 'no option'}: ${lpaeActivationResult}`, {
        result: lpaeActivationResult,
      });
      return { lpaeActivationResult };
    },
    { lpaeActivationResult: 'notSupported' },
  ),

  answer(GetEuiccChallenge, (chip) => {
    endSession(chip, 'a new challenge was asked for');
    const euiccChallenge = Uint8Array.from(randomBytes(CHALLENGE_OCTETS));
    chip.session = { state: 'challenged', challenge: euiccChallenge };
    return { euiccChallenge };
  }),
];
