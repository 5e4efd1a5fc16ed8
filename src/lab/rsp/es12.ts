/** ES12: SM-DP+ to SM-DS, and ES15: SM-DS to SM-DS, which is the same. SGP.22 v2.5 §5.9, §5.10, §6.5.2. */
import { rspFunction, text } from '../../lpa/es9/function.ts';
import { eid, flag, header } from './es2p.ts';

const PATH = '/gsma/rsp2/es12';

export const RegisterEvent = rspFunction({
  name: 'ES12.RegisterEvent',
  path: `${PATH}/registerEvent`,
  request: { header, eid, rspServerAddress: text, eventId: text, forwardingIndicator: flag },
  response: {},
});

export const DeleteEvent = rspFunction({
  name: 'ES12.DeleteEvent',
  path: `${PATH}/deleteEvent`,
  request: { header, eid, eventId: text },
  response: {},
});
