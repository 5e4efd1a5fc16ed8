/** ES10a on the card: configured addresses. SGP.22 v2.5 §5.7.3, §5.7.4. */
import { GetEuiccConfiguredAddresses, SetDefaultDpAddress } from '../../../lpa/es10/es10a.ts';
import { answer } from './es10.ts';

export const es10aAnswers = [
  answer(GetEuiccConfiguredAddresses, ({ faults, state: { defaultDpAddress, rootDsAddress } }) => ({
    ...(defaultDpAddress && { defaultDpAddress: faults.text(defaultDpAddress) }),
    rootDsAddress: faults.text(rootDsAddress),
  })),

  answer(
    SetDefaultDpAddress,
    (chip, { defaultDpAddress }) => {
      chip.state.defaultDpAddress = defaultDpAddress;
      chip.changed();
      chip.log(SetDefaultDpAddress.name, defaultDpAddress ? `is now ${defaultDpAddress}: ok` : 'removed: ok');
      return { setDefaultDpAddressResult: 'ok' };
    },
    { setDefaultDpAddressResult: 'undefinedError' },
  ),
];
