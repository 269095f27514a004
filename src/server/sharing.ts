import type { Pace } from './reading-turns.ts';
import type { SharedResults } from './shared-results.ts';
import type { Unsent } from './unsent.ts';

/** What the subscriptions of all connections share, whatever they are sent over. */
export interface Sharing {
  readonly unsent: Unsent;
  readonly pace: Pace;
  readonly results: SharedResults;
}
