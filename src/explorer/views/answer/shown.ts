/** What of an answer is on the page: what was told, what is looked at, and its figures. */
import type { AttributionMethod, TargetKind, TokenPartsFragment } from '../../../client/generated/graphql.ts';
import { largestOf } from '../../drawing/colour.ts';
import { exact } from '../../format/number.ts';
import { type TargetWords, targetWords } from '../../format/target.ts';
import type { Answer } from '../../state/answer.ts';
import { chosen } from '../../state/selection.ts';
import { type Figures, titled } from '../tokens/measure.ts';
import { direction } from './direction.ts';
import { type Focus, focusOf, textOf, valuesOf, type Written } from './figures.ts';
import { shareUnit, type Tracing, tracingOf } from './to-prompt.ts';
import { sharesOf } from './traced.ts';
import { brief, briefShare } from './words.ts';

export interface ShownAnswer {
  readonly written: Written;
  readonly text: readonly TokenPartsFragment[];
  readonly method: AttributionMethod;
  readonly explained: boolean;
  readonly kind: TargetKind;
  /** What scores are counted in. */
  readonly unit: string;
  readonly focus: Focus | undefined;
  /** Of the focus, as far as they have come. */
  readonly figures?: Figures;
  /** Where the answer is looked at as traced back to its prompt. */
  readonly tracing?: Tracing;
}

/** `logit`, counted in `logits`; `log-probability`, in `nats`. */
export function wordsOf(kind: TargetKind): Pick<TargetWords, 'value' | 'unit'> {
  return targetWords({ token: null, against: null, kind });
}

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
  const kind = answer.question.attribution?.kind ?? 'LOGIT';
  const { unit } = wordsOf(kind);
  const tracing = explained ? tracingOf(answer) : undefined;
  const figures =
    focus &&
    (tracing
      ? tracedFigures(written, tracing, focus)
      : figuresOf(valuesOf(written, focus), unit, answer.largest.value));
  return {
    written,
    text: textOf(written),
    method: methodOfAnswer(answer),
    explained,
    kind,
    unit,
    focus,
    ...(figures?.values.some((value) => value !== null) && { figures }),
    ...(tracing && { tracing }),
  };
}

function tracedFigures(written: Written, tracing: Tracing, focus: Focus): Figures | undefined {
  if (tracing.status !== 'ready') return undefined;
  return figuresOf(sharesOf(written, tracing.traced, focus), shareUnit, tracing.traced.largest);
}

/** Several tokens together may come to more than any one of them. */
function figuresOf(values: readonly (number | null)[], unit: string, largest: number): Figures {
  return { measure: 'score', unit, values, largest: Math.max(largest, largestOf(values.map((value) => value ?? 0))) };
}

/** Short, under a token or in a cell. @param unit of figures */
export function noteOf({ unit }: Pick<Figures, 'unit'>, value: number): string {
  return unit === shareUnit ? briefShare(value) : brief(value);
}

/** All digits, for titles. */
export function titleOf(figures: Figures, value: number): string {
  return figures.unit === shareUnit ? `share ${exact(value)} ${shareUnit}` : titled(figures, value);
}
