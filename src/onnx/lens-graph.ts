/** What the model would say of rows of its residual stream: the logit lens of many rows at once, without their logits leaving. */
import type { ModelSpecification } from '../architecture/specification.ts';
import { add, multiply, reshape, slice, subtract } from './algebra.ts';
import { logitsOf } from './end-graph.ts';
import { logSumExp, sumOverVocabulary } from './ends.ts';
import { Graph, type GraphBytes, type Value, type WeightFiles } from './writer.ts';

export interface LensGraph {
  /** How many of the likeliest tokens; 0 for none. */
  readonly top: number;
  /** Tokens whose figures are wanted. */
  readonly tokens: readonly number[];
  readonly entropy: boolean;
  /** Whether there are so few rows that the unembedding is best read as it lies; see `fewTimesTransposed`. */
  readonly few: boolean;
}

/**
 * Input `x` [rows, width]. Outputs, logits all after a softcap: `log_sum_exp` [rows]; `top_logits`, `top_tokens` [rows, top];
 * `token_logits`, `ranks` [rows, tokens], 1 for the likeliest; `entropy` [rows] = −Σ p·log p, in nats.
 */
export function lensGraph(
  model: ModelSpecification,
  files: WeightFiles,
  { top, tokens, entropy, few }: LensGraph,
): GraphBytes {
  const g = new Graph('lens', files);
  const { capped } = logitsOf(g, model, few);
  const total = logSumExp(g, capped);
  g.output('log_sum_exp', total);
  if (entropy) {
    const logProbabilities = subtract(g, capped, reshape(g, total, -1, 1));
    const weighed = multiply(g, g.op('Exp', [logProbabilities]), logProbabilities);
    g.output('entropy', g.op('Neg', [reshape(g, sumOverVocabulary(g, weighed), -1)]));
  }
  if (top > 0) {
    const [topLogits, topTokens] = g.ops('TopK', [capped, g.integers(top)], 2, { axis: -1, largest: 1, sorted: 1 });
    g.output('top_logits', topLogits as Value);
    g.output('top_tokens', topTokens as Value, 'INT64');
  }
  if (tokens.length > 0) {
    const own = g.op('Gather', [capped, g.integers(...tokens)], { axis: 1 });
    g.output('token_logits', own);
    g.output(
      'ranks',
      g.op(
        'Concat',
        tokens.map((_, index) => rank(g, capped, slice(g, own, 1, index, index + 1))),
        { axis: 1 },
      ),
    );
  }
  return g.toBytes();
}

/** One more than how many logits are greater. One token after the other: for all at once there would be a vocabulary for each. @returns [rows, 1] */
function rank(g: Graph, logits: Value, own: Value): Value {
  const greater = g.toFloat(g.op('Greater', [logits, own]));
  return add(g, g.op('ReduceSum', [greater, g.integers(-1)], { keepdims: 1 }), g.float(1));
}
