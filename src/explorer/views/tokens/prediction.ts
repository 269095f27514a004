/** What the model says next, as far as it is known. */
import { exact, percent, rounded } from '../../format/number.ts';
import { ordinal, targetWords } from '../../format/target.ts';
import { quoted, visible } from '../../format/token.ts';
import type {
  AttributionCompleted,
  AttributionStarted,
  LayerAttributed,
  LayerPassed,
} from '../../state/attribution.ts';

/** What comes after the token that predicts. */
export interface Prediction {
  /** Of the token that predicts. */
  readonly position: number;
  readonly text: string;
  /** Under it. */
  readonly note: string;
  readonly title: string;
}

/** As far as a run has told it. */
export interface Told {
  readonly started: AttributionStarted | undefined;
  readonly passed: readonly LayerPassed[];
  readonly attributed: readonly (LayerAttributed | undefined)[];
  readonly done: number;
  readonly completed: AttributionCompleted | undefined;
}

/** `→ ·Mary 99.7 %`, `logit 20.2, rather than ·John`; before the end what the last block would say. */
export function predictionOf({ started, passed, completed }: Told): Prediction {
  if (completed) {
    const { position, token, against, probability, logit, rank } = completed.target;
    return {
      position,
      text: `→ ${visible(token)} ${percent(probability)}`,
      note: [`logit ${rounded(logit)}`, ...(against ? [`rather than ${visible(against)}`] : [])].join(', '),
      title: [
        targetWords(completed.target).name,
        `probability ${exact(probability)}, the model’s ${ordinal(rank)} choice`,
        `logit ${exact(logit)}`,
      ].join('\n'),
    };
  }
  const position = started?.requested.position ?? 0;
  const last = passed.at(-1);
  const token = last?.target.token ?? started?.requested.token;
  const percentage = last ? ` ${percent(last.target.probability)}` : '';
  return {
    position,
    text: `→ ${token ? visible(token) : '?'}${percentage}`,
    note: last ? `after ${last.layer + 1} of ${started?.layerCount ?? '?'} layers` : 'not known yet',
    title:
      last && token
        ? `What the model would say after layer ${last.layer}: ${quoted(token)}`
        : 'The model has not said it yet',
  };
}

/** How far the run is, and what the sum is made of so far. */
export function progress({ started, passed, attributed, done }: Told): string {
  if (!started) return 'The prompt is being read.';
  const { layerCount, throughBlocks, total, unit } = started;
  if (!throughBlocks) return `${done} of ${total} ${unit.toLowerCase()} are done.`;
  const lowest = attributed.find((layer) => layer !== undefined);
  if (!lowest) return `${passed.length} of ${layerCount} layers are passed; scores come once the way back is done.`;
  return `Traced back to layer ${lowest.layer}: the tokens’ streams carry ${rounded(lowest.residual)} into it, biases from there on ${rounded(lowest.biasSoFar)}.`;
}
