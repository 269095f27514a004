/** Where a circulation looks: the positions that tracked tokens can have reached, and those at which it is audited. */
import { createHash } from 'node:crypto';
import type { ModelSpecification } from '../../architecture/specification.ts';
import { floats, integers, type Tensors } from '../../inference/tensor.ts';
import type { CirculationRequest } from './event.ts';
import { tells } from './figures.ts';

/** At most, at every block. */
export const auditedPositions = 4;

/** Before the first tracked position nothing comes from any tracked token. */
export function firstTracked({ track }: Pick<CirculationRequest, 'track'>): number {
  return Math.min(...track);
}

/** What the circulation graphs are told of the rows, the same at every block; `sampled` see `audited`. */
export function placesOf(
  { headCount }: Pick<ModelSpecification, 'headCount'>,
  request: CirculationRequest,
  audited: number,
): Tensors {
  const { inputIds, track } = request;
  const length = inputIds.length;
  const start = firstTracked(request);
  const following = length - start;
  return {
    track: integers(track),
    heads_of: integers(tells(request, 'HEADS') ? [...Array(headCount).keys()] : []),
    patterns_of: integers(tells(request, 'PATTERNS') ? track : []),
    ones: floats(new Float32Array(track.length).fill(1), 1, track.length),
    start: integers([start]),
    padding: integers([0, start, 0, 0, 0, 0]),
    sizes: integers([length, audited, track.length * following]),
    whole_sizes: integers([length, length, track.length * following]),
    shape: integers([track.length, following, -1]),
  };
}

/**
 * Positions at which the rest is followed through a block: the target's, and others that the tracked tokens can have
 * reached, drawn by a hash of what is asked: the same question draws the same. At most `auditedPositions` of them.
 */
export function audited(request: CirculationRequest, layer: number): number[] {
  const { inputIds, track, target } = request;
  const start = firstTracked(request);
  const digest = createHash('sha256')
    .update(JSON.stringify([inputIds, track, target, layer]))
    .digest();
  const others = Array.from(
    { length: digest.length / 4 },
    (_, word) => start + (digest.readUInt32LE(4 * word) % (inputIds.length - start)),
  );
  return [...new Set([target.position, ...others])].slice(0, auditedPositions);
}
