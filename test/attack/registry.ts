import type { Attack } from './attack.ts';
import { kill } from './kill.ts';

export const attacks: readonly Attack[] = [kill];
