import type { Attack } from './attack.ts';
import { cancel } from './cancel.ts';
import { frames } from './frames.ts';
import { fullDisk } from './full-disk.ts';
import { fuzz } from './fuzz.ts';
import { kill } from './kill.ts';
import { locked } from './locked.ts';
import { models } from './models.ts';
import { pipelining } from './pipelining.ts';
import { tenants } from './tenants.ts';
import { unread } from './unread.ts';

export const attacks: readonly Attack[] = [
  kill,
  cancel,
  fuzz,
  frames,
  fullDisk,
  models,
  locked,
  unread,
  pipelining,
  tenants,
];
