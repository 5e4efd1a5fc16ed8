/** The story that README begins with: every step by the real programs, as it is shipped. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

// From build/test.
const STORY = fileURLToPath(new URL('../../tools/story.mjs', import.meta.url));

for (const [reader, said] of [
  ['--pcsc', 'A card in a PC/SC reader'],
  ['--socket', 'A card at a socket'],
] as const) {
  test(`the story ends well with ${reader}, and leaves nothing behind`, { timeout: 110_000 }, () => {
    const tmp = mkdtempSync(join(tmpdir(), 'story-'));
    try {
      const { status, stdout, stderr } = spawnSync(process.execPath, [STORY, reader], {
        encoding: 'utf8',
        env: { ...process.env, TMPDIR: tmp },
      });
      assert.equal(status, 0, `${stdout}\n${stderr}`);
      assert.ok(stdout.startsWith(said), stdout);
      const commands = [...stdout.matchAll(/^\$ (lpa(?:-lab)? \w+)/gm)].map(([, command]) => command);
      for (const verb of ['info', 'qr', 'download', 'list', 'enable', 'rename', 'disable', 'notifications', 'delete']) {
        assert.ok(commands.includes(`lpa ${verb}`), verb);
      }
      assert.match(stdout, /HandleNotification: delete 4 of ICCID \d+: verified\n/);
      assert.match(stdout, /# That was the whole life of a profile, in \d+ seconds\.\n$/);
      // The list of ports is that of all labs of this user, and outlives each.
      assert.deepEqual(
        readdirSync(tmp).filter((name) => !name.startsWith('lpa-lab-ports-')),
        [],
      );
    } finally {
      rmSync(tmp, { recursive: true });
    }
  });
}
