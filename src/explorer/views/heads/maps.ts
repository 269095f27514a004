/** Tensors of the API as maps. */
import { tensorValues } from '../../../client/client.ts';
import type { MovePath, TensorPartsFragment } from '../../../client/generated/graphql.ts';
import type { Question } from '../../state/question.ts';
import type { Reach } from './figures.ts';
import type { HeadMap } from './map-layout.ts';

export function pathOf(reach: Reach): MovePath {
  return reach === 'total' ? 'TOTAL' : 'DIRECT';
}

/** What is asked about a head. */
export function askedOf({ model, prompt }: Question, layer: number, head: number, reach: Reach) {
  return {
    moves: { layers: [layer], heads: [head], path: pathOf(reach) },
    pattern: { input: { model, prompt, layers: [layer], heads: [head] } },
  };
}

/**
 * @param moves [layer, head, to, from], of which one is meant by its place
 * @param length as far as the target's position: behind it nothing is moved to it
 * @param pattern [head, position, position that is looked at], of one head
 */
export function mapOf(
  moves: TensorPartsFragment,
  place: number,
  length: number,
  pattern?: TensorPartsFragment,
): HeadMap {
  return {
    length,
    scores: corner(tensorValues(moves), moves.shape.at(-1) ?? 0, place, length),
    weights: pattern && corner(tensorValues(pattern), pattern.shape.at(-1) ?? 0, 0, length),
  };
}

/** The first `length` rows and columns of one of several squares. */
function corner(values: Float32Array, size: number, place: number, length: number): Float32Array {
  const square = values.subarray(place * size ** 2, (place + 1) * size ** 2);
  if (length === size) return square;
  const found = new Float32Array(length ** 2);
  for (let row = 0; row < length; row++) found.set(square.subarray(row * size, row * size + length), row * length);
  return found;
}
