/** One command of the lab, as data. The tables of options are those of `lpa`: parser, help and docs read them. */
import type { OptionsOf, OptionTable } from '../../terminal/option.ts';

/** What a command may reach for. */
export interface Desk {
  /** The lab's folder, absolute. */
  readonly dir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The command as typed, for those who find the folder held by it. */
  readonly typed: string;
  /** Folder of lpa.js and lpa-lab.js. */
  readonly programs: string;
  /** The result. */
  print(text: string): void;
  /** What the operator may want to know. */
  say(text: string): void;
  /** Columns of stdout where it is a terminal. */
  readonly columns?: number | undefined;
  /** Aborted when the reader of stdout is gone. */
  readonly stdoutEnded?: AbortSignal;
}

export interface LabCommand<O extends OptionTable = OptionTable> {
  readonly name: string;
  /** The words after the name, as help shows them. */
  readonly words?: string;
  /** How many words it takes; those after `--` for `run`. */
  readonly takes?: 'none' | 'command';
  /** A sentence without its full stop. */
  readonly summary: string;
  readonly details?: readonly string[];
  readonly examples: readonly string[];
  readonly options?: O;
  /** @returns the exit code */
  run(desk: Desk, options: OptionsOf<O>, words: readonly string[]): Promise<number>;
}

export type AnyLabCommand = LabCommand<any>;

/** Keeps the inferred types of a command literal. */
export const labCommand = <const O extends OptionTable>(definition: LabCommand<O>): LabCommand<O> => definition;
