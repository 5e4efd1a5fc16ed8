/** What to do when a server cannot be reached or does not answer as a server should. */
import type { NetworkProblem } from '../lpa/errors.ts';

// biome-ignore format: a table
export const NETWORK_REMEDIES: Readonly<Record<NetworkProblem, string | undefined>> = {
  name:        'check the address in the code, and that this computer is on the network',
  refused:     'check the port in the address; the server may be down for the moment',
  unreachable: 'check that this computer is on the network',
  reset:       'the connection broke: run the same command again',
  timeout:     'the server or the network is slow: run the same command again, with a larger --timeout where needed',
  tls:         'something between here and the server may not let it through, as proxies of companies do: try another network',
  http:        undefined,
  size:        'no RSP server answers so much: check the address',
  proxy:       'check HTTPS_PROXY and NO_PROXY',
  other:       'run the same command again',
};

/** By status: who is at fault differs. */
export function httpRemedy(status: number | undefined): string {
  if (status === undefined) return 'run the same command again';
  if (status === 407) return 'the proxy wants a name and a password in HTTPS_PROXY';
  if (status === 404) return 'there is no RSP server at this address: check it';
  if (status >= 500) return 'the server has a fault of its own: run the same command again later';
  if (status >= 300 && status < 400) return 'an RSP server does not send elsewhere: check the address';
  return 'check the address; if it is right, the operator has to look into it';
}

// biome-ignore format: a table
export const NETWORK_CAUSES: Readonly<Record<NetworkProblem, string>> = {
  name:        'the name of the server does not resolve',
  refused:     'the server refuses the connection',
  unreachable: 'there is no way to the server',
  reset:       'the connection broke',
  timeout:     'the server did not answer in time',
  tls:         'the TLS handshake failed',
  http:        'the server answered with an HTTP status that is no success',
  size:        'the server sent more than an RSP server has to say',
  proxy:       'the proxy does not let the connection through',
  other:       'the connection failed',
};
