/** Why the PC/SC service does not answer: pcscd says the same whether it is not there or its socket is closed to this user. */
import { accessSync, constants } from 'node:fs';
import type { CardError } from '../../lpa/errors.ts';
import type { App } from '../app.ts';
import { bad, badBecause, EXIT, type Finding } from './finding.ts';

const SOCKET = '/run/pcscd/pcscd.comm';
const SECURITY_VIOLATION = 0x8010006a;

export function noService(app: App, error: CardError): Finding {
  if (error.pcsc === SECURITY_VIOLATION || app.io.platform !== 'linux') return badBecause(app, 'pcscService', error);
  const path = app.io.env['PCSCLITE_CSOCK_NAME'] || SOCKET;
  switch (accessTo(path)) {
    case 'refused':
      return bad(
        'pcscService',
        EXIT.card,
        `the PC/SC service runs and refuses this user: ${path} is closed to it`,
        `\`ls -l ${path}\` shows who is let in: join that group, or run as that user`,
      );
    case 'there':
      return bad(
        'pcscService',
        EXIT.card,
        `${path} is there, and no PC/SC service answers at it`,
        'start it again: sudo systemctl restart pcscd.socket pcscd.service',
      );
    case 'absent':
      return badBecause(app, 'pcscService', error);
  }
}

function accessTo(path: string): 'there' | 'refused' | 'absent' {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return 'there';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'refused' : 'absent';
  }
}
