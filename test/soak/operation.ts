/** An operation of the soak: what is done, and what may have come of it. */
import assert from 'node:assert/strict';
import type { Lpa } from '../../src/lpa/procedures/lpa.ts';
import type { Model, Picture } from './model.ts';

/** How it ended for the user: `ok`, or the error. */
export interface Outcome {
  readonly ends: string;
  readonly value?: unknown;
  readonly error?: unknown;
}

export interface Seen {
  /** Before, as the model had it, and as it is found now. */
  readonly before: Picture;
  readonly now: Picture;
  readonly outcome: Outcome;
  /** Something may have gone wrong: a fault was about. */
  readonly disturbed: boolean;
  /** Numbers of notifications that the server took meanwhile and verified, and those of which it knew no download. */
  readonly verified: ReadonlySet<number>;
  readonly unverified: ReadonlySet<number>;
}

export interface Operation {
  readonly name: string;
  /** Functions in which something may go wrong. */
  readonly card: readonly string[];
  readonly server: readonly string[];
  run(lpa: Lpa): Promise<unknown>;
  /** @throws {AssertionError} when what is seen is not what may be. Keeps in the model what only it knows. */
  judge(model: Model, seen: Seen): void;
}

/** What must have come of it, all or nothing where it was disturbed. A success is a success always. */
export function allOrNothing(
  { before, now, outcome, disturbed }: Seen,
  expected: { readonly ends: string; readonly picture: Picture },
): void {
  if (!disturbed || outcome.ends === 'ok') {
    assert.equal(outcome.ends, expected.ends);
    assert.deepEqual(now, expected.picture);
    return;
  }
  try {
    assert.deepEqual(now, before);
  } catch {
    assert.deepEqual(now, expected.picture, `${outcome.ends}: neither as before nor as wanted`);
  }
}

export const changed = (before: Picture, change: (picture: Picture) => void): Picture => {
  const picture = structuredClone(before);
  change(picture);
  return picture;
};
