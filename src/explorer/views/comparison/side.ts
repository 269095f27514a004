/** One of two answers that stand side by side. */
import type { TokenPartsFragment } from '../../../client/generated/graphql.ts';
import type { Explanation } from '../../state/explanation.ts';
import { sameTokens } from '../tokens/alignment.ts';
import { type Answer, answerOf } from '../tokens/answer.ts';
import { figuresOf, type ShownFigures } from '../tokens/figures.ts';
import { follow } from '../tokens/following.ts';
import { measure } from '../tokens/measure.ts';
import { type Prediction, predictionOf, type Told } from '../tokens/prediction.ts';
import { tokensOf, toldOf } from '../tokens/told.ts';
import { nameOf } from './naming.ts';

export interface Side {
  readonly explanation: Explanation;
  readonly name: string;
  readonly told: Told;
  readonly prediction: Prediction;
  readonly tokens: readonly TokenPartsFragment[] | undefined;
  readonly answer: Answer | undefined;
  readonly shown: ShownFigures;
}

export function sidesOf(first: Explanation, second: Explanation): [Side, Side] {
  const side = (explanation: Explanation): Side => {
    const told = toldOf(explanation);
    const answer = told.completed && answerOf(explanation.question, told.completed);
    return {
      explanation,
      name: nameOf(explanation, [first, second]),
      told,
      prediction: predictionOf(told),
      tokens: tokensOf(told),
      answer,
      shown: answer ? figuresOf(explanation, answer, measure.value) : {},
    };
  };
  return [side(first), side(second)];
}

/** Whether both read the same prompt and predict at the same place: then token stands under token. */
export function isAligned([one, other]: readonly [Side, Side]): boolean {
  return (
    one.tokens !== undefined &&
    other.tokens !== undefined &&
    one.prediction.position === other.prediction.position &&
    sameTokens(one.tokens, other.tokens)
  );
}

/** In every one of them at once. */
export function followIn(sides: readonly Side[], position: number): void {
  const [first] = sides;
  const isFollowed = first?.explanation.tracked.value.includes(position);
  for (const { explanation, prediction } of sides)
    if (explanation.tracked.value.includes(position) === isFollowed) follow(explanation, position, prediction.position);
}
