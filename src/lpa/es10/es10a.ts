/** ES10a: configuration and discovery, LPA to ISD-R. SGP.22 v2.5 §5.7.3, §5.7.4. */
import { EuiccError } from '../errors.ts';
import {
  type EuiccConfiguredAddresses,
  EuiccConfiguredAddressesRequest,
  EuiccConfiguredAddressesResponse,
  SetDefaultDpAddressRequest,
  SetDefaultDpAddressResponse,
} from '../sgp22/addresses.ts';
import { es10Function, type Isdr } from './isdr.ts';

export const GetEuiccConfiguredAddresses = es10Function(
  'ES10a.GetEuiccConfiguredAddresses',
  EuiccConfiguredAddressesRequest,
  EuiccConfiguredAddressesResponse,
);
export const SetDefaultDpAddress = es10Function(
  'ES10a.SetDefaultDpAddress',
  SetDefaultDpAddressRequest,
  SetDefaultDpAddressResponse,
);

/** Default SM-DP+ and root SM-DS; an address that is empty on the card is absent here (§5.7.3). */
export async function getEuiccConfiguredAddresses(isdr: Isdr): Promise<EuiccConfiguredAddresses> {
  const { defaultDpAddress, rootDsAddress, ...rest } = await isdr.call(GetEuiccConfiguredAddresses, {});
  return { ...(defaultDpAddress && { defaultDpAddress }), ...(rootDsAddress && { rootDsAddress }), ...rest };
}

/** Set the default SM-DP+; an empty address removes it (§5.7.4). @throws {EuiccError} `undefinedError` */
export async function setDefaultDpAddress(isdr: Isdr, defaultDpAddress: string): Promise<void> {
  const { setDefaultDpAddressResult } = await isdr.call(SetDefaultDpAddress, { defaultDpAddress });
  if (setDefaultDpAddressResult !== 'ok') throw new EuiccError(SetDefaultDpAddress.name, setDefaultDpAddressResult);
}
