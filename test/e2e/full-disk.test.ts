/** The built program with a disk that is full after 8 KiB: traces, recordings and captures are lost, and the download is not. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { LPA, labUp } from './programs.ts';

/** Blocks of 512 octets: the limit that the system puts on every file of the process. */
const BLOCKS = 16;

test('--trace-file, --record and --pcap that reach a limit of 8 KiB: one warning each, and the profile is installed', async () => {
  await using lab = await labUp();
  for (const option of ['--trace-file', '--record', '--pcap']) {
    const file = join(lab.dir, option.slice(2));
    const code = await lab.order();
    const argv = ['download', code, '--yes', '--json', '--progress', 'none', option, file];
    const child = spawn('sh', ['-c', `ulimit -f ${BLOCKS}; exec "$0" "$@"`, process.execPath, LPA, ...argv], {
      env: lab.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    const [exit] = await once(child, 'close');
    assert.equal(exit, 0, err);
    const lines = err.split('\n').filter(Boolean);
    assert.deepEqual(
      lines.filter((line) => line.includes(option)),
      [`warning: ${option} ${file}: cannot be written: the file is too large. The file is incomplete; the command continues.`],
    );
    assert.equal(statSync(file).size, BLOCKS * 512);
    const { iccid } = JSON.parse(out);
    const listed = JSON.parse((await lab.lpa(['list', '--json'])).stdout);
    assert.ok(listed.some((profile: { iccid: string }) => profile.iccid === iccid));
  }
});
