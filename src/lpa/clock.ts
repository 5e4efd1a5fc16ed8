/** Milliseconds of a clock that only goes forward. `performance.now()` would do, and costs Node a module at start-up. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
