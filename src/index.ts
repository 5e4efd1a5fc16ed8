/**
 * The library that the `lpa` command uses. It never prints, prompts or exits: what there is to say comes as values, as
 * errors with codes (`LpaError`) and as events (`Listener`).
 *
 *     await using pcsc = await openPcsc();
 *     await using found = await openIsdr(iso7816Card(await pcsc.connect(pcsc.readers()[0].name)));
 *     const profiles = await es10c.getProfilesInfo(found.isdr);
 */

export type { DataObject, Der, Infer, Type } from './lpa/asn1/schema.ts';
export { encodeTlv, parseTlv, type Tlv } from './lpa/asn1/tlv.ts';
export type { Card, Channel, Link, Transmit } from './lpa/card/card.ts';
export { iso7816Card } from './lpa/card/iso7816.ts';
export { openPcsc, type Pcsc, type ReaderState } from './lpa/card/pcsc/pcsc.ts';
export { type ReplayedCards, recordedLink, replayCards } from './lpa/card/record.ts';
export { openSocket } from './lpa/card/socket/socket.ts';
export * from './lpa/errors.ts';
export * as es9p from './lpa/es9/es9p.ts';
export { callRsp, type Post, type RspFunction } from './lpa/es9/function.ts';
export { openRspDoor, type RspDoor, type RspDoorOptions } from './lpa/es9/https.ts';
export { type ReplayedServers, recordedPost, replayServers } from './lpa/es9/record.ts';
export * as es10a from './lpa/es10/es10a.ts';
export * as es10b from './lpa/es10/es10b.ts';
export * as es10c from './lpa/es10/es10c.ts';
export { type Es10Function, ISDR_AID, Isdr } from './lpa/es10/isdr.ts';
export { type FoundIsdr, ISDR_AIDS, openIsdr } from './lpa/es10/open-isdr.ts';
export { type OtherEuicc, otherEuiccs } from './lpa/es10/sibling-euiccs.ts';
export type { DoorEvent, Listener } from './lpa/events.ts';
export { type ActivationCode, formatActivationCode, parseActivationCode } from './lpa/procedures/activation-code.ts';
export { type Address, parseAddress, sameAddress } from './lpa/procedures/address.ts';
export { authenticate, type Handshake, type Target } from './lpa/procedures/authenticate.ts';
export { type Consent, type ConsentAnswer, downloadProfile } from './lpa/procedures/download.ts';
export type { Installation } from './lpa/procedures/install.ts';
export { deviceInfoOf, type Lpa, type RspServers } from './lpa/procedures/lpa.ts';
export { type Delivery, sendNotifications } from './lpa/procedures/notifications.ts';
export type { Offer } from './lpa/procedures/offer.ts';
export { retrieveNotification } from './lpa/procedures/pending-notifications.ts';
export { type AllowedRule, checkPolicy } from './lpa/procedures/policy.ts';
export { removeProfile, renameProfile, switchProfile } from './lpa/procedures/switch.ts';
export { type Entry, parseRecording, printEntry } from './lpa/recording.ts';
export * from './lpa/sgp22/addresses.ts';
export * from './lpa/sgp22/authentication.ts';
export * from './lpa/sgp22/bpp.ts';
export * from './lpa/sgp22/download.ts';
export * from './lpa/sgp22/euicc-info.ts';
export * from './lpa/sgp22/identifiers.ts';
export * from './lpa/sgp22/notification.ts';
export * from './lpa/sgp22/policy.ts';
export * from './lpa/sgp22/profile.ts';
