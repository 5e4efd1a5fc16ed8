import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lpa } from './harness.ts';
import { ALPHA, as, listed, pending } from './profiles.ts';

test('Ctrl-C where nothing is at stake ends the process at once: exit 130', async () => {
  let press: () => void = () => {};
  const { code, out, err } = await lpa(['list'], {
    onInterrupt: (interrupt) => {
      press = interrupt;
    },
    doors: {
      openLink: () => {
        press();
        return new Promise(() => {});
      },
    },
  });
  assert.deepEqual([code, out, err], [130, '', 'cancelled\n']);
});

test('Ctrl-C after the card was told to switch lets it finish, leaves out the delivery and tells how it ended', async () => {
  let press: () => void = () => {};
  const { code, out, err } = await lpa(['enable', 'Alpha', '--progress', 'json'], {
    card: { BF2D: [listed(ALPHA), listed(as(ALPHA, 'enabled'))], BF31: 'BF3103800100', BF28: pending() },
    onInterrupt: (interrupt) => {
      press = interrupt;
    },
    onStderr: (text) => {
      if (text.includes('ES10c.EnableProfile')) press();
    },
  });
  assert.deepEqual([code, out], [0, 'Enabled 8949000000000000011 (Alpha)\n']);
  assert.match(err, /the card is writing: this is finished first\. Ctrl-C again leaves at once/);
});

test('a second Ctrl-C leaves at once, whatever the card is doing', async () => {
  let press: () => void = () => {};
  const { code } = await lpa(['enable', 'Alpha', '--progress', 'json'], {
    card: { BF2D: [listed(ALPHA), listed(as(ALPHA, 'enabled'))], BF31: 'BF3103800100', BF28: pending() },
    onInterrupt: (interrupt) => {
      press = interrupt;
    },
    onStderr: (text) => {
      if (!text.includes('ES10c.EnableProfile')) return;
      press();
      press();
    },
  });
  assert.equal(code, 130);
});

test('SIGTERM where nothing is at stake ends the process at once: exit 143', async () => {
  let send: (signal: NodeJS.Signals) => void = () => {};
  const { code } = await lpa(['list'], {
    onInterrupt: (interrupt) => {
      send = interrupt;
    },
    doors: {
      openLink: () => {
        send('SIGTERM');
        return new Promise(() => {});
      },
    },
  });
  assert.equal(code, 143);
});

test('a second SIGHUP does not leave at once, because a shell repeats the one of the system', async () => {
  let send: (signal: NodeJS.Signals) => void = () => {};
  const { code, out } = await lpa(['enable', 'Alpha', '--progress', 'json'], {
    card: { BF2D: [listed(ALPHA), listed(as(ALPHA, 'enabled'))], BF31: 'BF3103800100', BF28: pending() },
    onInterrupt: (interrupt) => {
      send = interrupt;
    },
    onStderr: (text) => {
      if (!text.includes('ES10c.EnableProfile')) return;
      send('SIGHUP');
      send('SIGHUP');
    },
  });
  assert.deepEqual([code, out], [0, 'Enabled 8949000000000000011 (Alpha)\n']);
});
