/** How a lab in the foreground is ended: Ctrl-C, `kill`, a terminal that is closed. */

const ENDING = ['SIGINT', 'SIGTERM'] as const;

/** Resolves when the operator says so the first time; the second time ends the process there and then. */
export function whenTold(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ENDING) process.once(signal, () => resolve());
    // A closed terminal is often reported twice, by the system and by the shell: the second time must not stop the clean-up.
    process.on('SIGHUP', () => resolve());
  });
}
