/**
 * Figures of one run: start-up as ratios of interleaved pairs, APDUs and octets as a relay at the card's socket counts them,
 * TLS connections as a proxy in front of the server counts them, wall time with and without added round-trip time.
 *
 *     npm run bench [-- --pairs 31]
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const bin = (name) => fileURLToPath(new URL(`../dist/bin/${name}.js`, import.meta.url));
const LPA = bin('lpa');
const LAB = bin('lpa-lab');
const option = (name, fallback) => Number(process.argv[process.argv.indexOf(`--${name}`) + 1] ?? Number.NaN) || fallback;
const PAIRS = Math.max(3, option('pairs', 31));
const state = mkdtempSync(join(tmpdir(), 'lpa-bench-'));
const env = { ...process.env, LPA_LAB_STATE: state, NO_COLOR: '1' };
for (const name of Object.keys(env)) if (/^(LPA_(?!LAB)|https?_proxy$)/i.test(name)) delete env[name];
const stops = [];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const figure = (name, value) => console.log(`${name.padEnd(58)} ${value}`);
const run = (argv, extra = {}) => {
  const started = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { env: { ...env, ...extra }, encoding: 'utf8' });
  const ms = Number(process.hrtime.bigint() - started) / 1e6;
  if (status !== 0) throw new Error(`${argv.join(' ')}: exit ${status}\n${stdout}${stderr}`);
  return { ms, stdout };
};
const lpa = (words, extra) => runAsync([LPA, ...words], extra);
/** The relays live in this process, so it must not sleep while a command talks through them. */
const runAsync = (argv, extra = {}) =>
  new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(process.execPath, argv, { env: { ...env, ...extra }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    child.on('close', (status) => {
      const ms = Number(process.hrtime.bigint() - started) / 1e6;
      if (status === 0) resolve({ ms, stdout, stderr });
      else reject(new Error(`${argv.join(' ')}: exit ${status}\n${stdout}${stderr}`));
    });
  });

/** A lab process that goes on until the end; resolves with the line that `wanted` matches. */
function lab(words, wanted) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [LAB, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = () =>
      new Promise((done) => {
        if (child.exitCode !== null) return done();
        child.once('close', () => done());
        child.kill('SIGTERM');
      });
    stops.push(stop);
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    child.once('close', (code) => reject(new Error(`lpa-lab ${words.join(' ')} ended with ${code}\n${said}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = wanted.exec(line);
      if (match) resolve(Object.assign(match, { stop }));
    });
  });
}

/** vpcd framing between the program and the card: counts what is no control octet. */
async function countingRelay(port) {
  const count = { apdus: 0, octets: 0, reset: () => Object.assign(count, { apdus: 0, octets: 0 }) };
  const server = net.createServer({ noDelay: true }, (client) => {
    const card = net.connect({ port, host: '127.0.0.1', noDelay: true });
    const relay = (from, to, command) => {
      let rest = Buffer.alloc(0);
      from.on('data', (data) => {
        rest = Buffer.concat([rest, data]);
        while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
          const length = rest.readUInt16BE(0);
          if (length > 1 && (command || count.apdus > 0)) {
            if (command) count.apdus += 1;
            count.octets += length;
          }
          rest = rest.subarray(2 + length);
        }
        to.write(data);
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    };
    relay(client, card, true);
    relay(card, client, false);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  stops.push(() => server.close());
  return { reader: `tcp:127.0.0.1:${server.address().port}`, count };
}

/** Ratio of a command to `node -e 0`, pair by pair, first one and then the other first. */
async function ratio(name, argv, extra) {
  const ratios = [];
  for (let i = 0; i < PAIRS; i++) {
    const base = async () => (await runAsync(['-e', '0'])).ms;
    const ours = async () => (await runAsync(argv, extra)).ms;
    const [a, b] = i % 2 ? [await base(), await ours()] : (([b, a]) => [a, b])([await ours(), await base()]);
    ratios.push(b / a);
  }
  figure(
    name,
    `${median(ratios).toFixed(2)} x node -e 0   (median of ${PAIRS} pairs, ${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  );
}

try {
  console.log(`node ${process.version}, ${PAIRS} interleaved pairs`);
  run([LPA, '--version']);
  await ratio('start-up: lpa --version', [LPA, '--version']);

  const [, port] = await lab(['card'], /tcp:127\.0\.0\.1:(\d+)/);
  const { reader, count } = await countingRelay(Number(port));
  const socket = { LPA_READER: `tcp:127.0.0.1:${port}` };
  const counted = { LPA_READER: reader };
  const order = async (...words) => (await runAsync([LAB, 'order', ...words])).stdout.trim();
  const connections = async () =>
    (await runAsync([LAB, 'log', '--json'])).stdout.split('\n').filter((line) => line.includes('"protocol"')).length;

  await ratio('start-up: lpa list, socket', [LPA, 'list'], socket);

  /** @param most APDUs that the command may cost; more ends the bench */
  const measure = async (name, words, most) => {
    count.reset();
    const { ms } = await lpa(words, counted);
    const limit = most === undefined ? '' : `, ${most} at most`;
    figure(name, `${count.apdus} APDUs${limit}, ${count.octets} octets, ${ms.toFixed(0)} ms`);
    if (most !== undefined && count.apdus > most) throw new Error(`${name}: ${count.apdus} APDUs, expected ${most} at most`);
  };
  await measure('lpa info', ['info'], 12);
  for (const [delay, label] of [
    ['0ms', 'no added round-trip time'],
    ['50ms', '50 ms added to each answer'],
  ]) {
    const smdp = await lab(['smdp', '--server-fault', `delay:${delay}`], /localhost:(\d+)/);
    const code = await order('--name', `Bench ${delay}`);
    const before = await connections();
    await measure(`lpa download, ${label}`, ['download', code, '--yes']);
    figure('  TLS handshakes, notification included', (await connections()) - before);
    if (delay === '0ms') {
      await measure('lpa enable', ['enable', 'Bench 0ms']);
      await measure('lpa disable, without notifications', ['disable', 'Bench 0ms', '--no-notify'], 12);
      await measure('lpa enable, without notifications', ['enable', 'Bench 0ms', '--no-notify'], 12);
      await measure('lpa rename', ['rename', 'Bench 0ms', 'bench'], 7);
      await measure('lpa notifications send', ['notifications', 'send']);
    }
    if (delay === '50ms')
      for (let i = 0; i < 6; i++) await lpa(['download', await order('--name', `Profile ${i}`), '--yes'], socket);
    await smdp.stop();
  }
  await measure('lpa list, 8 profiles', ['list']);

  // The most memory that a download's process ever held, told by the process itself as it ends.
  const tellsItsPeak =
    "--import=data:text/javascript,process.on('exit',()=>process.stderr.write('maxRSS='+process.resourceUsage().maxRSS))";
  const peaks = [];
  for (const size of [20_000, 500_000]) {
    const upp = join(state, `${size}.upp`);
    const held = [];
    for (let i = 0; i < 5; i++) {
      const iccid = String(8_988_201_000_000_000_000n + BigInt(size + i));
      run([LAB, 'profile', '--size', String(size), '--iccid', iccid, '--output', upp]);
      const smdp = await lab(['smdp'], /localhost:(\d+)/);
      const code = await order('--profile', upp);
      const { stderr } = await lpa(['download', code, '--yes'], { ...socket, NODE_OPTIONS: tellsItsPeak });
      held.push(Number(/maxRSS=(\d+)/.exec(stderr)?.[1]) / 1024);
      await lpa(['delete', iccid, '--confirm', iccid], socket);
      await smdp.stop();
    }
    peaks.push(median(held));
    figure(`peak resident memory, download of ${size / 1000} KB`, `${median(held).toFixed(1)} MB (median of 5)`);
  }
  figure('  grows by', `${(peaks[1] - peaks[0]).toFixed(1)} MB`);

  const { openBench } = await import('../build/test/lab/smdp/harness.js');
  const bench = await openBench({ card: { memory: 100_000_000 } });
  const whole = async () => {
    await bench.download({ package: { size: 20_000 } });
    await bench.deliver();
  };
  for (let i = 0; i < 10; i++) await whole();
  const rounds = 100;
  const started = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) await whole();
  figure(
    'whole downloads of 20 KB in one process',
    `${((rounds * 1e9) / Number(process.hrtime.bigint() - started)).toFixed(1)} a second`,
  );
  await bench[Symbol.asyncDispose]();

  if (existsSync('/usr/sbin/pcscd')) {
    await stops[0]();
    const [, path] = await lab(['card', '--pcsc'], /PCSCLITE_CSOCK_NAME=(\S+)/);
    await ratio('start-up: lpa list, PC/SC', [LPA, 'list'], { PCSCLITE_CSOCK_NAME: path });
  } else console.log('no pcscd is installed: lpa list over PC/SC was not measured');
} finally {
  for (const stop of stops) await stop();
  rmSync(state, { recursive: true, force: true });
}
process.exit(0);
