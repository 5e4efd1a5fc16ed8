/**
 * X-Admin-Protocol: the version of SGP.22 that the LPA speaks (SGP.22 v2.5 §6.5.1.1). A server that refuses it is asked once
 * more with the version that servers in the field know best. Only for functions that use nothing up.
 */
import { NetworkError, ServerError } from '../errors.ts';
import { type CallOptions, callRsp, type Params, type Post, type RspFunction, type Values } from './function.ts';

export const ADMIN_PROTOCOL = 'gsma/rsp/v2.5.0';
export const OLDER_ADMIN_PROTOCOL = 'gsma/rsp/v2.2.2';

/** Subject and reason codes of a version that is not supported: the protocol's, and the specification's at SM-DP+ and SM-DS. */
const VERSION_REFUSED: ReadonlySet<string> = new Set(['1.2.2/2.1', '8.8.3/3.1', '8.9.3/3.1']);

/**
 * Calls a function, and once more with the older version where the server refuses the version or answers HTTP 4xx.
 *
 * @throws what the second call throws, or the first where both were refused alike
 */
export async function callNegotiated<Req extends Params, Res extends Params>(
  post: Post,
  address: string,
  fn: RspFunction<Req, Res>,
  request: Values<Req>,
  options: CallOptions = {},
): Promise<Values<Res>> {
  try {
    return await callRsp(post, address, fn, request, options);
  } catch (error) {
    if (!isVersionRefusal(error) || options.signal?.aborted) throw error;
    const older = (olderRequest: Parameters<Post>[0]) => post({ ...olderRequest, adminProtocol: OLDER_ADMIN_PROTOCOL });
    const answer = await callRsp(older, address, fn, request, options).catch((second: unknown) => {
      throw isVersionRefusal(second) ? error : second;
    });
    const message = `${address} refused ${ADMIN_PROTOCOL} and accepted ${OLDER_ADMIN_PROTOCOL}`;
    options.listener?.({ type: 'warning', message, cause: error });
    return answer;
  }
}

const isVersionRefusal = (error: unknown): boolean =>
  error instanceof ServerError
    ? VERSION_REFUSED.has(`${error.subjectCode}/${error.reasonCode}`)
    : error instanceof NetworkError && error.httpStatus !== undefined && error.httpStatus >= 400 && error.httpStatus <= 499;
