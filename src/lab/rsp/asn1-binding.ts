/**
 * The ASN.1 binding, the server's side: RemoteProfileProvisioningRequest and Response (SGP.22 v2.5 §6.6, Annex H). The
 * same functions as in JSON, one path for all of them; a refusal is a number, which says less than the status codes.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Type } from '../../lpa/asn1/schema.ts';
import { encodeTlv, numberOctets, parseTlv, type Tlv } from '../../lpa/asn1/tlv.ts';
import { concat, fromHex, utf8Bytes } from '../../lpa/bytes.ts';
import { DecodeError } from '../../lpa/errors.ts';
import type * as es9p from '../../lpa/es9/es9p.ts';
import type { EventEntry } from '../../lpa/es9/es11.ts';
import type { Params, Values } from '../../lpa/es9/function.ts';
import {
  AuthenticateClientRequest,
  CancelSessionRequestEs9,
  GetBoundProfilePackageRequest,
  HandleNotification,
  InitiateAuthenticationRequest,
  RemoteProfileProvisioningRequest,
} from '../../lpa/sgp22/binding.ts';
import { checkHeaders } from './json-binding.ts';
import type { Done, Route } from './routes.ts';

export const ASN1_PATH = '/gsma/rsp2/asn1';
export const ASN1_TYPE = 'application/x-gsma-rsp-asn1';
const ENVELOPE = RemoteProfileProvisioningRequest.tag;
const OTHER_ERROR = 127;

interface Form {
  /** Of the request in its envelope, and of the answer. */
  readonly tag: number;
  readonly answerTag: number;
  /** The last part of the function's name. */
  readonly name: string;
  read(tlv: Tlv, path: string): Values<Params>;
  /** What stands in the answer's A0; null where there is no answer. */
  write: ((result: any) => Uint8Array) | null;
  /** Status codes that have a number. */
  readonly errors: Readonly<Record<string, number>>;
}

const reading =
  <T extends Values<Params>>(type: Type<T>) =>
  (tlv: Tlv, path: string): Values<Params> =>
    type.decode(tlv, path);

const transaction = (id: string): Uint8Array => encodeTlv(0x80, fromHex(id));

type Answer<F extends { response: Params | null }> = Values<NonNullable<F['response']>>;

const EUICC_ERRORS = {
  '8.1.2/6.1': 1,
  '8.1.2/6.3': 2,
  '8.1.3/6.1': 3,
  '8.1.3/6.3': 4,
  '8.1/6.1': 5,
} as const;

const FORMS: readonly Form[] = [
  {
    tag: 0xbf39,
    answerTag: 0xbf39,
    name: 'InitiateAuthentication',
    read: reading(InitiateAuthenticationRequest.type),
    write: (result: Answer<typeof es9p.InitiateAuthentication>) =>
      concat(
        transaction(result.transactionId),
        result.serverSigned1.bytes,
        result.serverSignature1,
        encodeTlv(0x04, fromHex(result.euiccCiPKIdToBeUsed)),
        result.serverCertificate,
      ),
    errors: {
      '8.8.1/3.8': 1,
      '8.8.3/3.1': 2,
      '8.8.2/3.1': 3,
      '8.8.4/3.7': 3,
      '8.9.1/3.8': 1,
      '8.9.3/3.1': 2,
      '8.9.2/3.1': 3,
      '8.9.4/3.7': 3,
    },
  },
  {
    tag: 0xbf3b,
    answerTag: 0xbf3b,
    name: 'ES9+.AuthenticateClient',
    read: reading(AuthenticateClientRequest.type),
    write: (result: Answer<typeof es9p.AuthenticateClient>) =>
      concat(
        transaction(result.transactionId),
        result.profileMetadata.bytes,
        result.smdpSigned2.bytes,
        result.smdpSignature2,
        result.smdpCertificate,
      ),
    errors: {
      ...EUICC_ERRORS,
      '8.2.6/3.8': 6,
      '8.1.1/3.8': 7,
      '8.2.5/4.3': 8,
      '8.11.1/3.9': 9,
      '8.10.1/3.9': 10,
      '8.1/4.8': 11,
    },
  },
  {
    tag: 0xbf3b,
    answerTag: 0xbf40,
    name: 'ES11.AuthenticateClient',
    read: reading(AuthenticateClientRequest.type),
    write: ({ transactionId, eventEntries }: { transactionId: string; eventEntries: readonly EventEntry[] }) =>
      concat(transaction(transactionId), encodeTlv(0xa1, concat(...eventEntries.map(eventEntry)))),
    errors: { ...EUICC_ERRORS, '8.9.5/3.9': 6, '8.10.1/3.9': 7 },
  },
  {
    tag: 0xbf3a,
    answerTag: 0xbf3a,
    name: 'GetBoundProfilePackage',
    read: reading(GetBoundProfilePackageRequest.type),
    write: (result: Answer<typeof es9p.GetBoundProfilePackage>) =>
      concat(transaction(result.transactionId), result.boundProfilePackage),
    errors: {
      '8.1/6.1': 1,
      '8.2.7/2.2': 2,
      '8.2.7/3.8': 3,
      '8.2.7/6.4': 4,
      '8.2/3.7': 5,
      '8.8.5/4.10': 6,
      '8.10.1/3.9': 95,
    },
  },
  {
    tag: 0xbf41,
    answerTag: 0xbf41,
    name: 'CancelSession',
    read: reading(CancelSessionRequestEs9.type),
    write: () => new Uint8Array(),
    errors: { '8.10.1/3.9': 1, '8.1/6.1': 2 },
  },
  {
    tag: 0xbf3d,
    answerTag: 0xbf3d,
    name: 'HandleNotification',
    read(tlv, path) {
      const { pendingNotification } = HandleNotification.type.decode(tlv, path);
      const [{ bytes } = { bytes: new Uint8Array() }] = Object.values(pendingNotification);
      return { pendingNotification: bytes };
    },
    write: null,
    errors: {},
  },
];

const eventEntry = ({ eventId, rspServerAddress }: EventEntry): Uint8Array =>
  encodeTlv(0x30, concat(encodeTlv(0x80, utf8Bytes(eventId)), encodeTlv(0x81, utf8Bytes(rspServerAddress))));

export interface Asn1Request {
  readonly route: Route;
  read(headers: IncomingHttpHeaders): Values<Params>;
  /** undefined: HTTP 204, no body. */
  write(done: Done): Uint8Array | undefined;
}

/** @returns undefined where the octets ask for nothing that this server does */
export function readAsn1(routes: readonly Route[], body: Uint8Array): Asn1Request | undefined {
  const request = innerOf(body);
  for (const form of FORMS) {
    const route =
      form.tag === request?.tag && routes.find(({ fn }) => fn.name.endsWith(form.name) && fn.path.includes('es9plus'));
    if (!route || !request) continue;
    return {
      route,
      read(headers) {
        checkHeaders(headers, ASN1_TYPE, false);
        return form.read(request, route.fn.name);
      },
      write: (done) => writeAsn1(form, done),
    };
  }
  return undefined;
}

function innerOf(body: Uint8Array): Tlv | undefined {
  try {
    const { tag, children } = parseTlv(body, RemoteProfileProvisioningRequest.name);
    return tag === ENVELOPE && children.length === 1 ? children[0] : undefined;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function writeAsn1({ answerTag, write, errors }: Form, done: Done): Uint8Array | undefined {
  if (write === null) return undefined;
  const chosen =
    'refusal' in done
      ? encodeTlv(0x81, numberOctets(errors[done.refusal.code] ?? OTHER_ERROR))
      : encodeTlv(0xa0, write(done.result));
  return encodeTlv(ENVELOPE, encodeTlv(answerTag, chosen));
}
