/** What `lpa explain` shows: a tree, each node one thing with its name, its value in words, and its octets where it has any. */

export interface Node {
  /** The specification's name; `unknown(9F7B)` where no table has the tag. */
  readonly name: string;
  /** As the specification prints it: `BF2D`. */
  readonly tag?: string;
  /** Of the first octet of the tag, counted from the first octet that was given. Absent where the octets were put together from pieces. */
  readonly offset?: number;
  /** Octets with tag and length, as many as are there. */
  readonly length?: number;
  /** The content in hexadecimal; absent where children show it. */
  readonly octets?: string;
  /** As in the JSON form of data objects; absent where the octets say it all. */
  readonly value?: unknown;
  /** The value for people. Text in it that a card or server chose is foreign. */
  readonly words?: string;
  /** Why it is so, and what to do: for codes that have an entry in the tables. */
  readonly cause?: string;
  readonly remedy?: string;
  readonly notes?: readonly string[];
  /** What is wrong with the octets, here and nowhere else. */
  readonly errors?: readonly string[];
  /** What does not hinder anything, and still breaks a rule. */
  readonly warnings?: readonly string[];
  /** Of a profile package: what the checker found, by element. */
  readonly findings?: readonly PackageFinding[];
  /** A bearer secret: whoever has it has the profile. */
  readonly secret?: true;
  readonly children?: readonly Node[];
}

/** What a card refuses of a profile package (`error`), or installs although it breaks a rule (`warning`). */
export interface PackageFinding {
  readonly severity: 'error' | 'warning';
  /** Of TCA profile package 3.4.1, or of the specification that is named. */
  readonly clause: string;
  readonly rule: string;
  readonly text: string;
  /** PEStatus that a card answers. */
  readonly status: string;
  /** Octet inside the element. */
  readonly offset: number;
  /** `number` counts from one. */
  readonly element: { readonly number: number; readonly name: string; readonly identification?: number };
}

/** Every node of a tree, parents before children. */
export function* everyNode(node: Node): Iterable<Node> {
  yield node;
  for (const child of node.children ?? []) yield* everyNode(child);
}
