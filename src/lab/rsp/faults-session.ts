/** Faults of what the server signs in a session, and of its signatures. */
import type { FaultRow } from './fault-hooks.ts';

const OTHER = 'FEDCBA98765432100123456789ABCDEF';
const flipped = (signature: Uint8Array): Uint8Array => signature.with(40, signature[40]! ^ 1);

// biome-ignore format: a table
export const sessionFaults: Readonly<Record<string, FaultRow>> = {
  relay: {
    says: "another server, with a trusted TLS certificate of its own, relays this one's answers",
    hooks: () => ({ relay: true }),
  },
  'wrong-address': {
    says: 'it signs the address of another server',
    argument: 'address, else smdp.example.com',
    hooks: (address) => ({ serverSigned1: (value) => ({ ...value, serverAddress: address || 'smdp.example.com' }) }),
  },
  'wrong-challenge': {
    says: 'it signs another challenge than the eUICC gave',
    hooks: () => ({ serverSigned1: (value) => ({ ...value, euiccChallenge: new Uint8Array(16) }) }),
  },
  'wrong-transaction': {
    says: 'the transactionId of an answer is not the one that is signed',
    where: 'initiateAuthentication',
    hooks: () => ({ json: (body) => ('transactionId' in body ? { ...body, transactionId: OTHER } : body) }),
  },
  'signed2-transaction': {
    says: 'smdpSigned2 is of another transaction',
    hooks: () => ({ smdpSigned2: (value) => ({ ...value, transactionId: OTHER }) }),
  },
  'unlisted-ci': {
    says: 'euiccCiPKIdToBeUsed is no CI of the eUICC',
    hooks: () => ({ euiccCiPKIdToBeUsed: () => '00'.repeat(20) }),
  },
  'wrong-signature1': {
    says: 'serverSignature1 does not verify',
    hooks: () => ({ serverSignature1: flipped }),
  },
  'wrong-signature2': {
    says: 'smdpSignature2 does not verify',
    hooks: () => ({ smdpSignature2: flipped }),
  },
};
