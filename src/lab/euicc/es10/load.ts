/**
 * ES10b.LoadBoundProfilePackage on the card: the commands of a Bound Profile Package, one after the other, until
 * one fails or the last is done. SGP.22 v2.5 §2.5.3 to §2.5.6, §3.1.3.3, §5.5, §5.7.6.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeTlv, parseTlv } from '../../../lpa/asn1/tlv.ts';
import { concat, toHex, utf8Bytes } from '../../../lpa/bytes.ts';
import { DecodeError } from '../../../lpa/errors.ts';
import { LOAD_BOUND_PROFILE_PACKAGE } from '../../../lpa/es10/es10b.ts';
import { sharedSecret, verify } from '../../../lpa/pki/ecdsa.ts';
import { ConfigureISDPRequest, InitialiseSecureChannelRequest, ReplaceSessionKeysRequest } from '../../../lpa/sgp22/bpp.ts';
import { MAX_ICON } from '../../../lpa/sgp22/icon.ts';
import { type BppCommandId, type ErrorReason, errorReason } from '../../../lpa/sgp22/notification.ts';
import { NAME_LIMITS, StoreMetadataRequest } from '../../../lpa/sgp22/profile.ts';
import { BspChannel, BspError, deriveBspKeys, type SegmentTag } from '../../rsp/bsp.ts';
import { type Chip, freeOn } from '../chip.ts';
import { Refused } from './es10.ts';
import { installProfile, LoadFailure } from './install.ts';
import { addInstallationResult, type Installation, notify } from './notifications.ts';
import { type Piece, packageStream, StreamError } from './package-stream.ts';
import { ruleRefusal } from './policy.ts';
import { IDLE, type PackageLoader, type Prepared } from './session.ts';
import { signatureIn } from './signature.ts';

/** A segment without a session that is prepared for it: 6985, and no result to sign. */
export function loadSegment(chip: Chip, segment: Uint8Array): Promise<Uint8Array> {
  const { session } = chip;
  if (session.state !== 'prepared' && session.state !== 'loading') {
    chip.log(LOAD_BOUND_PROFILE_PACKAGE, `a segment, and the session is ${session.state}: 6985`);
    throw new Refused(0x6985, 'no session');
  }
  return session.loader.load(segment);
}

/** A fault: whatever the segment holds, this is how it ends. */
export function failLoading({ session }: Chip, reason: ErrorReason): Uint8Array {
  if (session.state !== 'prepared' && session.state !== 'loading') throw new Refused(0x6985, 'no session');
  return session.loader.fail(reason, 'a fault asked for');
}

export function packageLoader(chip: Chip, session: Prepared): PackageLoader {
  const stream = packageStream(chip.manners.maxSegment);
  const received: Uint8Array[] = [];
  let loaded = 0;
  let current: BppCommandId = 'initialiseSecureChannel';
  let bsp: BspChannel | undefined;
  let dpOid: string | undefined;
  let metadata: Uint8Array | undefined;
  let installation: Installation = {
    transactionId: session.transactionId,
    smdpOid: session.serverOid,
    address: session.serverAddress,
    ciPKId: session.identity.ciPKId,
  };

  const fail = (command: BppCommandId, reason: ErrorReason, why: string): LoadFailure => new LoadFailure(command, reason, why);

  /** What survives a loss of power. */
  const remember = (command: BppCommandId): void => {
    chip.state.loading = { ...installation, bppCommandId: command };
    chip.changed();
  };

  function initialiseSecureChannel({ command, bytes }: Piece): void {
    const { remoteOpId, transactionId, controlRefTemplate, smdpOtpk, smdpSign } = InitialiseSecureChannelRequest.decode(bytes);
    const { keyType, keyLen, hostId } = controlRefTemplate;
    if (remoteOpId !== 'installBoundProfilePackage')
      throw fail(command, 'unsupportedRemoteOperationType', `remoteOpId is ${remoteOpId}`);
    if (transactionId !== session.transactionId) throw fail(command, 'invalidTransactionId', `transactionId is ${transactionId}`);
    if (!isOctet(keyType, 0x88) || !isOctet(keyLen, 0x10) || hostId.length < 1 || hostId.length > 16) {
      throw fail(command, 'unsupportedCrtValues', 'expected key type 88, key length 10 and a hostId of 1 to 16 octets');
    }
    // Signed are the fields as they came, without a header, and the card's own one-time key (§5.5.1).
    const fields = parseTlv(bytes).children.filter(({ tag }) => tag !== 0x5f37);
    const signed = concat(...fields.map((field) => field.bytes), encodeTlv(0x5f49, session.otPk));
    if (!verify(session.smdpCurve, session.smdpPublicKey, signed, signatureIn(encodeTlv(0x5f37, smdpSign)))) {
      throw fail(command, 'invalidSignature', 'smdpSign does not verify');
    }
    bsp = new BspChannel(deriveBspKeys(agree(command, smdpOtpk), { hostId, eid: chip.state.eid }));
    chip.session = { ...session, state: 'loading', loader };
    remember(command);
    chip.log('ES8+.InitialiseSecureChannel', 'ok');
  }

  function agree(command: BppCommandId, smdpOtpk: Uint8Array): Uint8Array {
    try {
      return sharedSecret(session.otSk, smdpOtpk);
    } catch (error) {
      throw fail(
        command,
        'incorrectInputValues',
        `smdpOtpk is no point of the curve (${error instanceof Error ? error.message : error})`,
      );
    }
  }

  function configureIsdp(command: BppCommandId, bytes: Uint8Array): void {
    dpOid = ConfigureISDPRequest.decode(bytes).dpProprietaryData?.dpOid;
    if (dpOid !== undefined && dpOid !== session.serverOid) {
      throw fail(command, 'incorrectInputValues', `dpOid is ${dpOid}, CERT.DPauth has ${session.serverOid}`);
    }
    remember(command);
    chip.log('ES8+.ConfigureISDP', 'ok');
  }

  function storeMetadata(command: BppCommandId, bytes: Uint8Array): void {
    const value = StoreMetadataRequest.decode(bytes);
    installation = { ...installation, iccid: value.iccid };
    metadata = bytes;
    const { serviceProviderName, profileName, icon, iconType, profileClass, iccid } = value;
    const checkLength = (what: string, length: number, limit: number, unit: string): void => {
      if (length > limit) throw fail(command, 'incorrectInputValues', `${what} has ${length} ${unit}, limit ${limit}`);
    };
    // ASN.1 counts the characters of a UTF8String; some eUICCs count octets.
    const lengthOf = (name: string): number => (chip.manners.countsOctets ? utf8Bytes(name).length : [...name].length);
    const unit = chip.manners.countsOctets ? 'octets' : 'characters';
    checkLength('serviceProviderName', lengthOf(serviceProviderName), NAME_LIMITS.serviceProviderName, unit);
    checkLength('profileName', lengthOf(profileName), NAME_LIMITS.profileName, unit);
    checkLength('icon', icon?.length ?? 0, MAX_ICON, 'octets');
    if (icon && !iconType) throw fail(command, 'incorrectInputValues', 'an icon without its type');
    if (profileClass.startsWith('unknown') || chip.manners.lacks.includes(profileClass)) {
      throw fail(command, 'unsupportedProfileClass', `profileClass is ${profileClass}`);
    }
    if (chip.state.profiles.some((profile) => profile.iccid === iccid)) {
      throw fail(command, 'installFailedDueToIccidAlreadyExistsOnEuicc', `${iccid} is on the card`);
    }
    const refusal = ruleRefusal(chip, value);
    if (refusal !== undefined) throw fail(command, 'pprNotAllowed', refusal);
    if (bytes.length > freeOn(chip)) {
      throw fail(command, 'installFailedDueToInsufficientMemoryForProfile', `${freeOn(chip)} octets are free`);
    }
    remember(command);
    chip.log('ES8+.StoreMetadata', `${iccid}: ok`);
  }

  function replaceSessionKeys(command: BppCommandId, bytes: Uint8Array): void {
    const { initialMacChainingValue, ppkEnc, ppkCmac } = ReplaceSessionKeysRequest.decode(bytes);
    if ([initialMacChainingValue, ppkEnc, ppkCmac].some(({ length }) => length !== 16)) {
      throw fail(command, 'incorrectInputValues', 'keys of 16 octets are expected');
    }
    bsp?.replaceKeys({ macChainingValue: initialMacChainingValue, enc: ppkEnc, mac: ppkCmac });
    chip.log('ES8+.ReplaceSessionKeys', 'ok');
  }

  /** @returns the result, when the piece was the last */
  function carryOut(piece: Piece): Uint8Array | undefined {
    const { command, tag, bytes, last } = piece;
    current = command;
    if (chip.state.loading && chip.state.loading.bppCommandId !== command) remember(command);
    if (command === 'initialiseSecureChannel') {
      initialiseSecureChannel(piece);
      return undefined;
    }
    if (!bsp) throw new Error('a part of the package before its secure channel');
    const content = bsp.open(tag as SegmentTag, bytes); // the stream lets only 86, 87 and 88 through
    received.push(content);
    if (command === 'loadProfileElements') checkRoom(command, content.length);
    if (!last) return undefined;
    const whole = concat(...received.splice(0));
    if (command === 'configureISDP') configureIsdp(command, whole);
    else if (command === 'replaceSessionKeys') replaceSessionKeys(command, whole);
    else if (command === 'loadProfileElements') return succeed(whole);
    else storeMetadata(command, whole);
    return undefined;
  }

  /** A package that does not fit is refused as soon as that is plain. */
  function checkRoom(command: BppCommandId, octets: number): void {
    loaded += octets;
    if (loaded > freeOn(chip)) {
      throw fail(command, 'installFailedDueToInsufficientMemoryForProfile', `${freeOn(chip)} octets are free`);
    }
  }

  function succeed(upp: Uint8Array): Uint8Array {
    const { profile, simaResponse } = installProfile(chip, upp, {
      metadata: metadata ?? new Uint8Array(),
      ciPKId: session.identity.ciPKId,
      ...(dpOid !== undefined && { dpOid }),
    });
    end();
    chip.log(LOAD_BOUND_PROFILE_PACKAGE, `${profile.iccid} is installed as ${profile.isdpAid}, ${profile.size} octets: ok`, {
      iccid: profile.iccid,
    });
    const result = addInstallationResult(chip, installation, { successResult: { aid: profile.isdpAid, simaResponse } });
    notify(chip, profile, 'notificationInstall', installation.address);
    forgetOneTimeKey();
    chip.session = IDLE;
    return result;
  }

  function refuse({ command, reason, message, simaResponse }: LoadFailure): Uint8Array {
    end();
    chip.log(LOAD_BOUND_PROFILE_PACKAGE, `${command}, ${message}: ${reason}(${codeOf(reason)})`, {
      bppCommandId: command,
      errorReason: reason,
    });
    const result = addInstallationResult(chip, installation, {
      errorResult: { bppCommandId: command, errorReason: reason, ...(simaResponse && { simaResponse }) },
    });
    // The package may come again where only room was missing; any other failure is for good.
    if (reason !== 'installFailedDueToInsufficientMemoryForProfile') forgetOneTimeKey();
    chip.session = IDLE;
    return result;
  }

  function end(): void {
    chip.state.loading = undefined;
    chip.changed();
  }

  function forgetOneTimeKey(): void {
    chip.state.oneTimeKeys = chip.state.oneTimeKeys.filter(({ publicKey }) => publicKey !== toHex(session.otPk));
  }

  const loader: PackageLoader = {
    fail: (reason, why) => refuse(fail(current, reason, why)),
    get begun() {
      return stream.total > 0 || stream.rest > 0;
    },
    async load(segment) {
      let result: Uint8Array | undefined;
      try {
        for (const piece of stream.push(segment)) result = carryOut(piece) ?? result;
        if (chip.manners.strictSegments && stream.rest > 0)
          throw new StreamError(stream.command, 'the segment ends within a data object');
      } catch (error) {
        return refuse(asFailure(error, current));
      }
      if (chip.manners.loadMs > 0) await sleep((chip.manners.loadMs * segment.length) / Math.max(stream.total, 1));
      return result ?? new Uint8Array();
    },
  };
  return loader;
}

/** What each kind of trouble is called in a ProfileInstallationResult. */
function asFailure(error: unknown, command: BppCommandId): LoadFailure {
  if (error instanceof LoadFailure) return error;
  if (error instanceof StreamError) return new LoadFailure(error.command, 'scp03tStructureError', error.message);
  if (error instanceof BspError) {
    return new LoadFailure(command, error.kind === 'structure' ? 'scp03tStructureError' : 'scp03tSecurityError', error.message);
  }
  if (error instanceof DecodeError) return new LoadFailure(command, 'incorrectInputValues', error.message);
  throw error;
}

const isOctet = (octets: Uint8Array, value: number): boolean => octets.length === 1 && octets[0] === value;

const codeOf = (reason: ErrorReason): number | undefined =>
  errorReason.shape.kind === 'enumerated' ? errorReason.shape.names[reason] : undefined;
