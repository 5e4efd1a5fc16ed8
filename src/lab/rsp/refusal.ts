/** How a server says no: a pair of subject code and reason code. SGP.22 v2.5 §5.2.6, §6.5.1.4. */

/** Thrown by a function of a server; the binding turns it into functionExecutionStatus Failed. */
export class Refusal extends Error {
  readonly subjectCode: string;
  readonly reasonCode: string;
  readonly status: 'Failed' | 'Expired';

  /** @param code `8.2.6/3.8` @param why for the log, and for whoever reads the answer's message */
  constructor(code: `${string}/${string}`, why: string, status: Refusal['status'] = 'Failed') {
    super(why);
    this.name = 'Refusal';
    [this.subjectCode = '', this.reasonCode = ''] = code.split('/');
    this.status = status;
  }

  get code(): string {
    return `${this.subjectCode}/${this.reasonCode}`;
  }
}

/** Go on only where `holds`. */
export function unless(holds: boolean, code: `${string}/${string}`, why: string): asserts holds {
  if (!holds) throw new Refusal(code, why);
}
