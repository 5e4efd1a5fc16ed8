/** What the card and the servers decided, and why: one entry a decision, by transaction. */

export interface LogEntry {
  /** ISO 8601, with milliseconds. */
  readonly time: string;
  readonly who: 'card' | 'sm-dp+' | 'sm-ds' | 'operator' | 'reader';
  /** What was being done: a function's name as the specification has it, or `REFRESH`, `fault`. */
  readonly event: string;
  readonly transactionId?: string;
  /** The decision and its reason: "certificate role is dp-pb, expected dp-auth or ds-auth: invalidCertificate(1)". */
  readonly detail: string;
  /** For tests and `--json`: the codes of the decision, such as `{ reason: 'postponed' }`. */
  readonly data?: Readonly<Record<string, unknown>>;
}

export type LabLog = (entry: Omit<LogEntry, 'time'>) => void;
