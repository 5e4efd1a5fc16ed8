/** Options as data: the parser, help and the docs read the same table, and the type of the values follows from it. */

export interface OptionSpec {
  /** As commander and help write it: `-r, --reader <name>`, `--no-input`. */
  readonly flags: string;
  /** For help: lower case, no full stop. */
  readonly text: string;
  readonly choices?: readonly string[];
  /** What a shell completes a value to, where others are taken too. */
  readonly offers?: () => Promise<readonly string[]>;
  /** May be given several times. */
  readonly repeat?: true;
  /** The environment variable that stands in for it. */
  readonly env?: string;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOf<S extends OptionSpec> = S extends { repeat: true }
  ? readonly string[]
  : S extends { choices: readonly (infer C)[] }
    ? C
    : S['flags'] extends `${string}<${string}>`
      ? string
      : boolean;

/** What was given; a flag that was not given is absent. `--no-x` reads as true under its own name. */
export type OptionsOf<T extends OptionTable> = { readonly [K in keyof T]?: ValueOf<T[K]> };

export const takesValue = ({ flags }: OptionSpec): boolean => flags.includes('<');

/** `-r` and `--reader`. */
export const flagsOf = ({ flags }: OptionSpec): string[] => flags.replace(/ <.*/, '').split(', ');
