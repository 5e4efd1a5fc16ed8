/** Where `lpa` keeps what has to outlive a command. */
import { join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** @returns undefined where the user has no place of their own */
export function stateFolder(env: Env, platform: NodeJS.Platform): string | undefined {
  const base = userState(env, platform);
  return base && join(base, 'lpa');
}

function userState(env: Env, platform: NodeJS.Platform): string | undefined {
  const home = env['HOME'] || undefined;
  if (platform === 'win32') return env['LOCALAPPDATA'] || undefined;
  if (platform === 'darwin') return home && join(home, 'Library', 'Application Support');
  // A relative one is to be ignored: XDG Base Directory Specification.
  const xdg = env['XDG_STATE_HOME'];
  return xdg?.startsWith('/') ? xdg : home && join(home, '.local', 'state');
}
