/** What is stored of a run's answer, in the figures that comparisons are made of. Nothing is computed. */
import type { LayerResult } from '../../explain/attribution/grains/layer-result.ts';
import type { AttributionResult } from '../../explain/attribution/result.ts';
import type { FaithfulnessResult } from '../../explain/attribution/studies/faithfulness.ts';
import type { TargetResult } from '../../inference/target.ts';
import { partName } from '../../runs/answer.ts';
import type { ManyRuns } from '../../runs/many-runs.ts';
import type { RunRecord } from '../../runs/types.ts';

export interface StoredAnswer {
  /** What is explained; of a circulation the sum of the tracked tokens' scores. */
  readonly score: number;
  /** What no token accounts for; null of a circulation. */
  readonly bias: number | null;
  readonly target: TargetResult;
  /** Of each position; undefined of one that is not tracked. */
  tokenAt(position: number): number | undefined;
  /** Undefined where it is not stored. */
  readonly layers: readonly LayerResult[] | undefined;
  readonly faithfulness: FaithfulnessResult | undefined;
}

/** Parts of an answer that are read only where they are compared. */
export type FinerPart = 'layers' | 'faithfulness';

/**
 * Of completed attributions and circulations, by their ids; one that has nothing stored is not among them.
 * @param runs at most `mostAtOnce`
 */
export async function storedAnswers(
  many: ManyRuns,
  runs: readonly RunRecord[],
  finer: readonly FinerPart[],
): Promise<Map<string, StoredAnswer>> {
  const idsOf = (wanted: RunRecord['question']['kind']) =>
    runs.filter(({ question: { kind } }) => kind === wanted).map(({ id }) => id);
  const names = ['summary', ...finer.map((part) => partName(part))];
  const answers = new Map<string, StoredAnswer>();
  for (const [id, parts] of await many.parts(idsOf('LOGIT_ATTRIBUTION'), names)) {
    const summary = parts.get('summary')?.value as Omit<AttributionResult, 'grains'> | undefined;
    if (!summary) continue;
    answers.set(id, {
      score: summary.audit.logit,
      bias: summary.bias + (summary.intercept ?? 0),
      target: summary.target,
      tokenAt: (position) => summary.tokens[position],
      layers: parts.get(partName('layers'))?.value as readonly LayerResult[] | undefined,
      faithfulness: parts.get(partName('faithfulness'))?.value as FaithfulnessResult | undefined,
    });
  }
  for (const [id, completion] of await many.completions(idsOf('CIRCULATION'))) {
    if (!('tracked' in completion)) continue;
    const { tracked, target } = completion;
    const scores = new Map(tracked.map(({ position, score }) => [position, score]));
    answers.set(id, {
      score: tracked.reduce((sum, { score }) => sum + score, 0),
      bias: null,
      target,
      tokenAt: (position) => scores.get(position),
      layers: undefined,
      faithfulness: undefined,
    });
  }
  return answers;
}
