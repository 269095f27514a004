/** What a view gives to take along, where its code is fetched with the menu's. */
import type { More } from '../parts/later.tsx';
import type { Takeaway } from './takeaway.ts';

export interface LaterTakeaway {
  readonly name: string;
  readonly of: (more: More) => Takeaway;
}
