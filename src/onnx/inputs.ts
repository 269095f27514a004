/** Inputs that graphs of a block have in common: what is the same for all blocks alike, and what comes of earlier positions. */
import type { Block, ModelSpecification } from '../architecture/specification.ts';
import type { Positions } from './attention.ts';
import type { Cached, Continuation } from './continuation.ts';
import type { ReadPositions } from './read-positions.ts';
import type { Graph, Value } from './writer.ts';

/** Inputs `mask` and, with rotary positions, `cos` and `sin`. */
export function positionInputs(g: Graph, block: Block): Positions {
  return { mask: maskInput(g), ...rotationInputs(g, block) };
}

export function maskInput(g: Graph): Value {
  return g.input('mask', 'F32', ['position', 'keys']);
}

export function rotationInputs(g: Graph, { attention: { rotary } }: Block): Pick<Positions, 'cos' | 'sin'> {
  if (!rotary) return {};
  const shape = ['position', rotary.dimensions / 2];
  return { cos: g.input('cos', 'F32', shape), sin: g.input('sin', 'F32', shape) };
}

/** Inputs `past_key` and `past_value`. */
export function pastInputs(g: Graph, { keyValueHeadCount, headWidth }: ModelSpecification): Continuation {
  const before = ['origins', keyValueHeadCount, 'past', headWidth];
  return { pastKey: g.input('past_key', 'F32', before), pastValue: g.input('past_value', 'F32', before) };
}

/** Inputs `cached_key` and `cached_value`. */
export function cacheInputs(g: Graph, { keyValueHeadCount, headWidth }: ModelSpecification): Cached {
  const before = [1, keyValueHeadCount, 'room', headWidth];
  return { key: g.input('cached_key', 'F32', before), value: g.input('cached_value', 'F32', before) };
}

/** Inputs `read` and `places`. */
export function readInputs(g: Graph): ReadPositions {
  return { read: g.input('read', 'INT64', ['read']), places: g.input('places', 'INT64', ['position']) };
}
