/** What of an answer is on the page: what was told, what is looked at, and its figures. */
import type { AttributionMethod, TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { largestOf } from '../../drawing/colour.ts';
import type { Answer } from '../../state/answer.ts';
import { chosen } from '../../state/selection.ts';
import type { Figures } from '../tokens/measure.ts';
import { direction } from './direction.ts';
import { type Focus, focusOf, textOf, valuesOf, type Written } from './figures.ts';

export interface ShownAnswer {
  readonly written: Written;
  readonly text: readonly TokenPartsFragment[];
  readonly method: AttributionMethod;
  readonly explained: boolean;
  readonly focus: Focus | undefined;
  /** Of the focus, as far as they have come. */
  readonly figures?: Figures;
}

export const unit = 'logits';

export function methodOfAnswer({ question }: Pick<Answer, 'question'>): AttributionMethod {
  return question.attribution?.method ?? 'FROZEN';
}

/** Undefined until the prompt is read. */
export function shownOf(answer: Answer): ShownAnswer | undefined {
  const prompt = answer.started.value?.tokens;
  if (!prompt) return undefined;
  const written: Written = { prompt, answer: answer.tokens.value, rows: answer.attributed.value };
  const { explained } = answer.asked;
  const focus = explained ? focusOf(chosen.value, written, direction.value) : undefined;
  const values = focus && valuesOf(written, focus);
  return {
    written,
    text: textOf(written),
    method: methodOfAnswer(answer),
    explained,
    focus,
    // Several tokens together may come to more than any one of them.
    ...(values?.some((value) => value !== null) && {
      figures: {
        measure: 'score',
        unit,
        values,
        largest: Math.max(answer.largest.value, largestOf(values.map((value) => value ?? 0))),
      },
    }),
  };
}
