/**
 * The life of a profile, told by the real programs: `npm run story`. The lab stands in for the card and the operator; it puts
 * the card into a PC/SC reader of its own where a pcscd is installed, else at a socket. Everything happens in a folder that is
 * gone afterwards. Ends by itself; exit code 0 when all of it went as told.
 *
 * `npm run story -- --every-manner [--pcsc] [name ...]` tells a like story with each manner of the card that the lab knows, some
 * minutes long, and one line for each; `--every-server-fault [word ...]` a download with each fault of the server.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LAB = fileURLToPath(new URL('../dist/bin/lpa-lab.js', import.meta.url));
const SELF = fileURLToPath(import.meta.url);

/** @param {string | undefined} wanted `--pcsc` or `--socket`; without it PC/SC where it works */
async function setTheScene(wanted) {
  if (!existsSync(LAB)) {
    console.error('there is no dist/bin/lpa-lab.js: npm run build');
    return 1;
  }
  const folder = mkdtempSync(join(tmpdir(), 'lpa-story-'));
  // Ctrl-C reaches every program of the story; this one goes last and takes the folder along.
  process.on('SIGINT', () => {});
  const env = { ...process.env, LPA_LAB_STATE: join(folder, 'lab') };
  for (const name of ['LPA_READER', 'LPA_JSON', 'LPA_TRACE', 'PCSCLITE_CSOCK_NAME']) delete env[name];
  try {
    const reader = wanted === '--socket' ? socket() : pcsc(env, wanted === '--pcsc');
    if (!reader) return 1;
    const words = ['run', ...reader, '--', process.execPath, SELF, 'inside', folder];
    const lab = spawn(process.execPath, [LAB, ...words], { env, stdio: 'inherit' });
    const [code] = await once(lab, 'exit');
    return code ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function socket() {
  say('A card at a socket, as asked.\n');
  return [];
}

/** The option for the lab, after trying it. */
function pcsc(env, must) {
  const { status, stderr } = spawnSync(process.execPath, [LAB, 'run', '--pcsc', '--', 'lpa', 'info', 'eid', '--quiet'], {
    env,
    encoding: 'utf8',
  });
  if (status === 0) {
    say('A card in a PC/SC reader: emulated by the lab, below a real pcscd.\n');
    return ['--pcsc'];
  }
  const [why] = stderr.split('\n').map((line) => line.replace(/^lpa(-lab)?: /, ''));
  if (must) console.error(why);
  else say(`A card at a socket, not over PC/SC: ${why}.\n`);
  return must ? undefined : [];
}

/** Lines of the story, or a command as typed. {iccid} is the ICCID of the profile. */
const STORY = `
# What card is in the reader?
lpa info

# An operator sells a profile called Alpha, and sends its activation code as a QR picture.
lpa-lab order --name Alpha --provider "Example Telecom" --qr alpha.png

# What does the picture say?
lpa qr alpha.png

# Server and card prove to each other who they are; then the card installs the profile.
lpa download alpha.png --yes

# It is there, but not in use.
lpa list

# Use it. The operator is told at once.
lpa enable Alpha
lpa list

# A name of one's own.
lpa rename Alpha "Trip to Lisbon"

# The trip is over. This time the operator is told later.
lpa disable "Trip to Lisbon" --no-notify
lpa notifications
lpa notifications send

# Deleting cannot be undone, so it wants to be confirmed.
lpa delete "Trip to Lisbon" --confirm {iccid}
lpa list

# Did the operator hear of all that?
lpa-lab log | grep HandleNotification
`;

/** @param {string} folder where the QR picture is put @returns the exit code */
function tell(folder) {
  process.chdir(folder);
  const begun = Date.now();
  let iccid = '';
  for (const line of STORY.trim().split('\n')) {
    if (line === '' || line.startsWith('# ')) {
      say(line);
      continue;
    }
    const command = line.replace('{iccid}', iccid);
    say(`$ ${command}`);
    const { status } = spawnSync(command, { shell: true, stdio: 'inherit' });
    if (status !== 0) {
      console.error(`this should have worked; its exit code is ${status}`);
      return 1;
    }
    iccid = profiles()[0]?.iccid ?? iccid;
  }
  const told = notifications();
  if (profiles().length > 0 || told.join() !== EVENTS.join()) {
    console.error(`not as it should be: the server was told ${told.join(', ') || 'nothing'}`);
    return 1;
  }
  say('');
  say(`# That was the whole life of a profile, in ${Math.round((Date.now() - begun) / 1000)} seconds.`);
  return 0;
}

const EVENTS = ['install', 'enable', 'disable', 'delete'];

const profiles = () => JSON.parse(output('lpa list --json'));

/** What eUICCs reported and the server verified, in order. */
const notifications = () =>
  output('lpa-lab log --json')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ event, detail }) => event === 'ES9+.HandleNotification' && detail.endsWith('verified'))
    .map(({ detail }) => detail.split(' ')[0]);

function output(command) {
  const { status, stdout, stderr } = spawnSync(command, { shell: true, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout;
}

/** What the tests have compiled: the stories are theirs. */
async function ofTests(name) {
  const url = new URL(`../build/test/${name}.js`, import.meta.url);
  if (!existsSync(url)) {
    console.error('the tests are not compiled: npm run build');
    process.exit(1);
  }
  return import(url.href);
}

/** @param {readonly string[]} words `--pcsc`, and names of manners; without names all of them @returns the exit code */
async function tellEveryManner(words) {
  const { MANNER_ROWS } = await ofTests('stories/manners');
  const { tellByPrograms } = await ofTests('stories/built');
  const options = words.filter((word) => word.startsWith('--'));
  const names = words.filter((word) => !word.startsWith('--'));
  return tellEach(names.length > 0 ? names : Object.keys(MANNER_ROWS), async (name) => {
    await tellByPrograms(name, MANNER_ROWS[name], options);
    return MANNER_ROWS[name].notOurs ? 'told for what it is' : 'ended well';
  });
}

/** @param {readonly string[]} words that a fault has to hold @returns the exit code */
async function tellEveryServerFault(words) {
  const { SERVER_FAULT_ROWS } = await ofTests('lab/smdp/fault-table');
  const { isForPrograms, tellFault } = await ofTests('stories/built-faults');
  const chosen = SERVER_FAULT_ROWS.filter((row) => isForPrograms(row) && words.every((word) => row.fault.includes(word)));
  const rows = new Map(chosen.map((row) => [row.fault, row]));
  return tellEach([...rows.keys()], async (fault) => {
    await tellFault(rows.get(fault));
    return `ended as it should: ${rows.get(fault).ends}`;
  });
}

/** One line for each. @param {(name: string) => Promise<string>} tell gives the ending @returns the exit code */
async function tellEach(names, tell) {
  let failed = 0;
  for (const name of names) {
    const begun = Date.now();
    const ending = await tell(name).catch((error) => {
      failed += 1;
      return `failed: ${error.stack}`;
    });
    say(`${name.padEnd(40)} ${String(Math.round((Date.now() - begun) / 1000)).padStart(3)} s  ${ending}`);
  }
  say(failed === 0 ? 'All of them went as told.' : `${failed} did not.`);
  return failed === 0 ? 0 : 1;
}

function say(text) {
  console.log(text);
}

const [first, ...others] = process.argv.slice(2);
process.exitCode =
  first === 'inside'
    ? tell(others[0] ?? '.')
    : first === '--every-manner'
      ? await tellEveryManner(others)
      : first === '--every-server-fault'
        ? await tellEveryServerFault(others)
        : await setTheScene(first);
