/** Which certificates a server shows: its own, or what a fault puts in their place. */
import type { KeyObject } from 'node:crypto';
import type { ServerSide } from '../../lpa/pki/trust.ts';
import type { Identity } from '../pki/mint.ts';
import type { Hooks, TlsCertificates, Workshop } from './fault-hooks.ts';
import type { ServerDomain } from './session.ts';

export interface Certificates {
  /** CERT.DPauth or CERT.DSauth; CERT.DPpb. */
  of(domain: ServerDomain, which: 'auth' | 'binding', faults: readonly Hooks[]): Promise<Identity>;
  /** One for each curve, the first domain's first. */
  tls(domains: readonly ServerDomain[], faults: readonly Hooks[]): Promise<readonly TlsCertificates[]>;
  /** @throws {Error} where the key of the CI is not there */
  workshop(domain: ServerDomain, good: Identity): Workshop;
}

/** @param oid of the server, which its certificates carry */
export function certificatesOf(side: ServerSide, oid: string, host: string): Certificates {
  const made = new Map<unknown, Map<KeyObject, Promise<unknown>>>();
  /** What a fault makes is made once. */
  const once = <T>(hook: (workshop: Workshop) => Promise<T>, workshop: Workshop): Promise<T> => {
    const ofHook = made.get(hook) ?? new Map<KeyObject, Promise<unknown>>();
    const known = ofHook.get(workshop.good.privateKey) ?? hook(workshop);
    made.set(hook, ofHook.set(workshop.good.privateKey, known));
    return known as Promise<T>; // the key is the hook that made it
  };
  const workshop = ({ ci }: ServerDomain, good: Identity): Workshop => {
    const { certificate, privateKey } = ci;
    if (!privateKey) throw new Error('this fault needs the key of the CI, which is not there');
    return { ci: { certificate, privateKey }, good, oid, host, side };
  };
  return {
    workshop,
    of(domain, which, faults) {
      const { dpAuth, dpPb, dsAuth } = domain.servers;
      const good = which === 'binding' ? dpPb : side === 'dp' ? dpAuth : dsAuth;
      const hook = faults.find((fault) => fault[which])?.[which];
      return hook ? once(hook, workshop(domain, good)) : Promise.resolve(good);
    },
    tls(domains, faults) {
      const hook = faults.find((fault) => fault.tls)?.tls;
      const ofCurves = domains.filter(({ curve }, i) => domains.findIndex((other) => other.curve === curve) === i);
      return Promise.all(
        ofCurves.map((domain) => {
          const good = side === 'dp' ? domain.servers.dpTls : domain.servers.dsTls;
          return hook ? once(hook, workshop(domain, good)) : Promise.resolve({ identity: good });
        }),
      );
    },
  };
}
