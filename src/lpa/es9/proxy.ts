/** Which HTTP proxy, if any, stands between here and a server: HTTPS_PROXY, ALL_PROXY and NO_PROXY as other programs read them. */
import { NetworkError } from '../errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Server {
  /** Lower case. */
  readonly host: string;
  readonly port: number;
}

export interface HttpProxy {
  /** With the scheme http or https. */
  readonly url: URL;
  /** `user:password`, for the Basic scheme. A secret. */
  readonly credentials?: string;
}

/**
 * Returns the proxy for one server; a connection to this machine itself never uses one.
 *
 * @throws {NetworkError} `proxy`, when the variable holds no address of an HTTP proxy
 */
export function proxyFor({ host, port }: Server, env: Environment): HttpProxy | undefined {
  const [text] = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].flatMap((name) => env[name] || []);
  if (text === undefined || host === 'localhost' || host.endsWith('.localhost')) return undefined;
  if (isExcepted({ host, port }, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined;
  const written = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    const found = url ? `${url.protocol.slice(0, -1)} is not supported` : 'not a URL';
    throw new NetworkError(`proxy: ${found}; an http or https one is needed`, { problem: 'proxy' });
  }
  const credentials = credentialsOf(url);
  return credentials === undefined ? { url } : { url, credentials };
}

/** `user:password` as it was before the percent escapes of a URL. An error does not quote it. */
function credentialsOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    return [username, password].map(decodeURIComponent).join(':');
  } catch {
    throw new NetworkError('proxy: user name or password has a malformed percent escape; write a percent sign as %25', {
      problem: 'proxy',
    });
  }
}

/** NO_PROXY: names apart by commas or spaces; a name stands for its sub-domains too, `*` for all; a port may follow. */
function isExcepted({ host, port }: Server, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      const domain = name.replace(/^\*?\./, '');
      return (only === undefined || Number(only) === port) && (host === domain || host.endsWith(`.${domain}`));
    });
}
