/** Colour, by meaning. chalk is loaded only where colours are wanted: most of what `lpa` prints goes to a pipe. */

type Style = (text: string) => string;

export interface Paint {
  readonly good: Style;
  readonly bad: Style;
  readonly caution: Style;
  readonly strong: Style;
  readonly faint: Style;
  /** White on black whatever the terminal's own colours are: a QR code drawn in its text colour is inverted on a light one. */
  readonly screen: Style;
}

const same: Style = (text) => text;

export const plainPaint: Paint = { good: same, bad: same, caution: same, strong: same, faint: same, screen: same };

export async function paintFor(color: boolean): Promise<Paint> {
  if (!color) return plainPaint;
  const { Chalk } = await import('chalk');
  const chalk = new Chalk({ level: 1 });
  return {
    good: chalk.green,
    bad: chalk.red,
    caution: chalk.yellow,
    strong: chalk.bold,
    faint: chalk.dim,
    screen: chalk.whiteBright.bgBlack,
  };
}
