/** What `lpa-lab order` asks of the SM-DP+, and what a card and an LPA then meet. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newOrderFrom, type OrderRequest } from '../../src/lab/cli/order-request.ts';
import { toBase64 } from '../../src/lpa/bytes.ts';
import { UsageError } from '../../src/lpa/errors.ts';
import { endOf, openChangingLab } from '../cli/changing-lab.ts';
import { EID, OTHER_EID } from './smdp/harness.ts';

const LAB = { smdsAddress: 'localhost:1', eid: EID };

test('numbers and times are checked', () => {
  for (const [request, message] of [
    [{ downloads: '0' }, '--downloads: a number from 1 to 1000'],
    [{ segments: '1037' }, '--segments: a number from 20 to 1036'],
    [{ metadataSegments: 'many' }, '--metadata-segments: a number from 20 to 1036'],
    [{ expires: 'soon' }, '--expires: expected a time such as 500ms, 2s, 10m, 1h or 3d'],
  ] as const) {
    assert.throws(() => newOrderFrom(request, LAB), { name: UsageError.name, message });
  }
});

const invalid: readonly [string, OrderRequest, string][] = [
  ['--name', { name: 'ü'.repeat(65) }, '--name: 65 characters, limit 64'],
  ['--provider', { provider: 'x'.repeat(33) }, '--provider: 33 characters, limit 32'],
  ['--icon', { icon: toBase64(new Uint8Array(8)) }, '--icon: expected PNG or JPEG'],
  ['--icon', { icon: toBase64(Uint8Array.of(0xff, 0xd8, 0xff, ...new Uint8Array(1022))) }, '--icon: 1025 octets, limit 1024'],
];

for (const [flag, request, message] of invalid) {
  test(`${flag}: a value beyond a limit is refused, and accepted with --allow-invalid (${message})`, () => {
    assert.throws(() => newOrderFrom(request, LAB), { name: UsageError.name, message });
    assert.ok(newOrderFrom({ ...request, allowInvalid: true }, LAB));
  });
}

test('--name and --provider: limits count characters', () => {
  assert.ok(newOrderFrom({ name: 'ü'.repeat(64), provider: '日'.repeat(32) }, LAB));
});

const taken: readonly [string, OrderRequest, readonly string[]][] = [
  ['--no-session-keys: a package without A2', { noSessionKeys: true }, ['0', '5 8.2.6/3.8']],
  ['--segments, --metadata-segments: a package in small pieces', { segments: '100', metadataSegments: '40' }, ['0']],
  ['--with-oid: a code with the OID', { withOid: true }, ['0']],
  ['--expires: over already', { expires: '0s' }, ['5 8.8.5/4.10', '5 8.2.6/3.8']],
  ['--expires: in good time', { expires: '1h' }, ['0']],
  ['--eid: of another card', { eid: OTHER_EID }, ['5 8.1.1/3.8', '5 8.1.1/3.8']],
];

for (const [name, request, ends] of taken) {
  test(name, async () => {
    await using lab = await openChangingLab({ manners: ['strict-segments'] });
    const { activationCode, order } = lab.smdp.createOrder(newOrderFrom(request, LAB));
    assert.equal(/\$2\.999\./.test(activationCode), request.withOid === true);
    for (const end of ends) {
      const ran = await lab.run(['download', activationCode, '--yes', '--json']);
      assert.equal(endOf(ran), end, ran.err);
    }
    const isReplaced = lab.log.some(({ event }) => event === 'ES8+.ReplaceSessionKeys');
    assert.equal(isReplaced, ends[0] === '0' && !request.noSessionKeys);
    const { segments = '1020', metadataSegments = '1020' } = request;
    assert.deepEqual(
      [order.binding.segmentOctets, order.binding.metadataSegmentOctets],
      [Number(segments), Number(metadataSegments)],
    );
  });
}

test('--downloads, --no-rebind: a package that was interrupted, and fetched again', async () => {
  for (const [request, end] of [
    [{ downloads: '1' }, '5 8.8.5/6.4'],
    [{ downloads: '2' }, '0'],
  ] as const) {
    await using lab = await openChangingLab({ faults: ['power-lost@segment:5'] });
    const { activationCode } = lab.smdp.createOrder(newOrderFrom(request, LAB));
    const download = () => lab.run(['download', activationCode, '--yes', '--json']);
    assert.equal(endOf(await download()), '3 gone');
    assert.equal(endOf(await download()), end);
  }
  await using lab = await openChangingLab({ faults: ['pull@segment:1'] });
  const { activationCode } = lab.smdp.createOrder(newOrderFrom({ noRebind: true }, LAB));
  const download = () => lab.run(['download', activationCode, '--yes', '--json']);
  assert.equal(endOf(await download()), '3 gone');
  lab.state.oneTimeKeys.length = 0; // as after a memory reset, or on a card that keeps none
  assert.equal(endOf(await download()), '5 8.2/3.7');
});

test('--default-smdp: found by the card alone', async () => {
  await using lab = await openChangingLab();
  const { activationCode } = lab.smdp.createOrder(newOrderFrom({ defaultSmdp: true }, LAB));
  assert.match(activationCode, /^LPA:1\$localhost:\d+\$$/);
  lab.state.defaultDpAddress = lab.smdp.address;
  assert.equal(endOf(await lab.run(['download', '--yes', '--json'])), '0');
});
