/**
 * The library that the `lpa` command uses. It never prints, prompts or exits: what there is to say comes as values, as
 * errors with codes (`LpaError`) and as events (`Listener`).
 *
 *     await using pcsc = await openPcsc();
 *     await using found = await openIsdr(iso7816Card(await pcsc.connect(pcsc.readers()[0].name)));
 *     const profiles = await es10c.getProfilesInfo(found.isdr);
 */

export type { DataObject, Der, Infer, Type } from './asn1/schema.ts';
export { encodeTlv, parseTlv, type Tlv } from './asn1/tlv.ts';
export type { Card, Channel, Link, Transmit } from './card/card.ts';
export { iso7816Card } from './card/iso7816.ts';
export { openPcsc, type Pcsc, type ReaderState } from './card/pcsc.ts';
export { type ReplayedCards, recordedLink, replayCards } from './card/record.ts';
export { openSocket } from './card/socket.ts';
export * from './errors.ts';
export * as es9p from './es9/es9p.ts';
export { callRsp, type Post, type RspFunction } from './es9/function.ts';
export { openRspDoor, type RspDoor, type RspDoorOptions } from './es9/https.ts';
export { type ReplayedServers, recordedPost, replayServers } from './es9/record.ts';
export * as es10a from './es10/es10a.ts';
export * as es10b from './es10/es10b.ts';
export * as es10c from './es10/es10c.ts';
export { type FoundIsdr, ISDR_AIDS, openIsdr } from './es10/find.ts';
export { type Es10Function, ISDR_AID, Isdr } from './es10/isdr.ts';
export { type OtherEuicc, otherEuiccs } from './es10/other-euiccs.ts';
export type { DoorEvent, Listener } from './events.ts';
export { type ActivationCode, formatActivationCode, parseActivationCode } from './procedures/activation-code.ts';
export { type Address, parseAddress, sameAddress } from './procedures/address.ts';
export { authenticate, type Handshake, type Target } from './procedures/authenticate.ts';
export { type Consent, type ConsentAnswer, downloadProfile } from './procedures/download.ts';
export type { Installation } from './procedures/install.ts';
export { deviceInfoOf, type Lpa, type RspServers } from './procedures/lpa.ts';
export { type Delivery, sendNotifications } from './procedures/notifications.ts';
export type { Offer } from './procedures/offer.ts';
export { retrieveNotification } from './procedures/pending-notifications.ts';
export { type AllowedRule, checkPolicy } from './procedures/policy.ts';
export { removeProfile, renameProfile, switchProfile } from './procedures/switch.ts';
export { type Entry, parseRecording, printEntry } from './recording.ts';
export * from './sgp22/addresses.ts';
export * from './sgp22/authentication.ts';
export * from './sgp22/bpp.ts';
export * from './sgp22/download.ts';
export * from './sgp22/euicc-info.ts';
export * from './sgp22/identifiers.ts';
export * from './sgp22/notification.ts';
export * from './sgp22/policy.ts';
export * from './sgp22/profile.ts';
