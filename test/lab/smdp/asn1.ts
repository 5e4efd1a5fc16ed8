/** A POST to the ASN.1 binding of a server, whatever its octets. */
import * as https from 'node:https';
import { concat } from '../../../src/lpa/bytes.ts';

interface Raw {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: Uint8Array;
}

export const sendAsn1 = (address: string, octets: Uint8Array, type = 'application/x-gsma-rsp-asn1'): Promise<Raw> =>
  new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'x-admin-protocol': 'gsma/rsp/v2.2.0' };
    const url = `https://${address}/gsma/rsp2/asn1`;
    https
      .request(url, { method: 'POST', headers, rejectUnauthorized: false }, async (answer) => {
        const parts: Uint8Array[] = [];
        for await (const part of answer) parts.push(part);
        resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'], body: concat(...parts) });
      })
      .on('error', reject)
      .end(octets);
  });
