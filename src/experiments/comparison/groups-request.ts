/** What is asked for where groups are compared, and its bounds. */
import { inputError, requireInBounds } from '../../errors.ts';
import type { Resampling } from '../statistics/samples.ts';
import type { FigureRequest } from './figure.ts';
import type { GroupRequest } from './group.ts';
import type { PairRequest } from './pairing.ts';

export const resampleBounds = { least: 100, most: 100_000 } as const;
/** Shares of resamples that an interval may be of. */
export const confidenceBounds = { least: 0.5, most: 0.999 } as const;
export const mostRequests = 100;
/** Slots by which runs are paired. */
export const mostPairSlots = 100;

export interface GroupsRequest {
  readonly a: GroupRequest;
  /** Null: `a` against zero. */
  readonly b: GroupRequest | null;
  /** Null: they are not paired. */
  readonly pair: PairRequest | null;
  readonly figures: readonly FigureRequest[];
  readonly resampling: Resampling;
}

/** @throws TributaryError INPUT */
export function requireSound({ a, b, pair, figures, resampling }: GroupsRequest): void {
  requireNamed('input.a', a);
  if (b) requireNamed('input.b', b);
  if (pair && !b) throw inputError('input.pairBy', 'Runs are paired with those of `b`; name it, or leave `pairBy` out');
  if (pair) requireSoundPairing(pair);
  requireInBounds('input.figures', figures.length, 1, mostRequests);
  const { least, most } = confidenceBounds;
  requireInBounds('input.resamples', resampling.resamples, resampleBounds.least, resampleBounds.most);
  if (!(resampling.confidence >= least && resampling.confidence <= most)) {
    throw inputError(
      'input.confidence',
      `\`confidence\` is a share from ${least} to ${most}, such as 0.95, not ${resampling.confidence}`,
    );
  }
}

function requireNamed(field: string, { filter, slots, sweepId, runs }: GroupRequest): void {
  if (filter || sweepId !== undefined || runs || slots) return;
  throw inputError(
    field,
    `\`${field}\` says nothing of which runs it is of; name its \`filter\`, \`slots\`, \`sweep\` or \`runs\``,
  );
}

function requireSoundPairing({ by, slots }: PairRequest): void {
  if (by !== 'SLOTS' && slots.length > 0)
    throw inputError('input.pairSlots', `\`pairSlots\` are what SLOTS pairs by; ${by} takes none`);
  if (by === 'SLOTS' && slots.length === 0)
    throw inputError('input.pairSlots', 'SLOTS pairs by the values of slots; name them in `pairSlots`');
  if (slots.length > mostPairSlots)
    throw inputError('input.pairSlots', `Runs are paired by at most ${mostPairSlots} slots, not ${slots.length}`);
}
