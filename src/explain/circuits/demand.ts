import { floatBytes } from '../../inference/activations.ts';
import { type Cost, type Demand, type ModelCost, nothing, sum, times } from '../../inference/cost.ts';
import type { CircuitsRequest, CompositionKind } from './result.ts';

/** Operations by which the eigenvalues of a matrix [size, size] are found, of size³ (Golub and Van Loan, *Matrix Computations*, 7.5). */
const eigenvalues = 25;

/** What a look at the weights takes: products of matrices alone, each in a session of its own; see `onnx/circuits.ts`. */
export function circuitsDemand({ model }: ModelCost, { copying, composition }: CircuitsRequest): Demand {
  const heads = model.layerCount * model.headCount;
  return {
    cost: sum(
      ...(copying ? [copyingCost(model)] : []),
      ...(composition.length > 0 ? [compositionCost(model, composition)] : []),
    ),
    activations: floatBytes * ((copying ? heads : 0) + composition.length * heads ** 2),
  };
}

type Model = ModelCost['model'];

/** A product [rows, inner] · [inner, columns]. */
function product(rows: number, inner: number, columns: number): Cost {
  return { ...nothing, flops: 2 * rows * inner * columns };
}

/** A session that runs once, with so many numbers of weights. */
function session(weights: number): Cost {
  return { ...nothing, weights, runs: 1, sessions: 1 };
}

function copyingCost({ width, layerCount, headCount, keyValueHeadCount, headWidth, ...model }: Model): Cost {
  const { vocabularySize, embedding, unembedding } = model;
  const embedded = embedding.projection?.width ?? width;
  const unembedded = unembedding.projection?.width ?? width;
  const written = headCount * headWidth;
  const layer = sum(
    session(width * (headCount + keyValueHeadCount) * headWidth),
    product(written, width, width),
    product(written, width, headWidth),
    { ...nothing, elements: headCount * eigenvalues * headWidth ** 3 },
  );
  return sum(
    session(vocabularySize * (embedded + unembedded)),
    product(unembedded, vocabularySize, embedded),
    times(layerCount, layer),
  );
}

function compositionCost(model: Model, kinds: readonly CompositionKind[]): Cost {
  const { width, layerCount, headCount: heads, keyValueHeadCount: groups, headWidth } = model;
  const rows = heads * headWidth;
  /** Of so many heads, each with itself. */
  const grams = (count: number) => product(count * headWidth, width, headWidth);
  const pattern = kinds.some((kind) => kind !== 'V');
  const read = heads + groups;
  const layer = sum(
    session(width * headWidth * (pattern ? 2 : 1) * read),
    times(pattern ? 2 : 1, sum(grams(heads), grams(groups))),
  );
  const ofKind = (kind: CompositionKind): Cost => {
    const reading = kind === 'Q' ? heads : groups;
    return sum(
      { ...nothing, weights: width * reading * headWidth, elements: 4 * heads * reading * headWidth ** 2 },
      product(rows, width, reading * headWidth),
      product(rows, headWidth, reading * headWidth),
      times(heads * reading, product(headWidth, headWidth, headWidth)),
      product(heads, headWidth ** 2, heads),
    );
  };
  const pair = sum(session(width * rows), ...kinds.map(ofKind));
  return sum(times(layerCount, layer), times((layerCount * (layerCount - 1)) / 2, pair));
}
