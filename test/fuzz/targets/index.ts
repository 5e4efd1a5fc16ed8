/** Everything that is fuzzed, by name. */
import type { Target } from '../target.ts';
import { answer } from './answer.ts';
import { atr } from './atr.ts';
import { bpp } from './bpp.ts';
import { card } from './card.ts';
import { certificate } from './certificate.ts';
import { chain } from './chain.ts';
import { code } from './code.ts';
import { commands } from './commands.ts';
import { download } from './download.ts';
import { euicc, session } from './euicc.ts';
import { explained } from './explained.ts';
import { metadata } from './metadata.ts';
import { picture } from './picture.ts';
import { recording } from './recording.ts';
import { redacted } from './redacted.ts';
import { saip } from './saip.ts';
import { schema } from './schema.ts';
import { text } from './text.ts';
import { tlv } from './tlv.ts';

export const TARGETS: readonly Target[] = [
  tlv,
  schema,
  bpp,
  metadata,
  saip,
  code,
  answer,
  certificate,
  chain,
  picture,
  explained,
  text,
  atr,
  card,
  euicc,
  session,
  download,
  commands,
  recording,
  redacted,
];
