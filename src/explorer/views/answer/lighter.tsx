/** The ways out of an answer that takes too much: those that the server says it has room for. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { EstimateDocument } from '../../../client/generated/graphql.ts';
import type { AnswerQuestion } from '../../state/answer.ts';
import { answerDraft, draftAnswer } from '../../state/draft-answer.ts';
import type { Estimated } from '../../state/drafted.ts';
import { latest } from '../../state/latest.ts';
import { server } from '../../state/server.ts';
import { askAnswer } from '../../state/workspace.ts';
import { costOf, overBudget } from '../prompt/cost.ts';
import { draftObstacle } from '../prompt/draft-obstacle.ts';
import { type LighterAnswer, lighterAnswers } from './lighter.ts';

interface Fitting {
  readonly lighter: LighterAnswer;
  readonly estimate: Estimated;
}

export function Lighter({ asked }: { readonly asked: AnswerQuestion }) {
  const fitting = useSignal<readonly Fitting[] | undefined>(undefined);
  useEffect(() => {
    void Promise.all(lighterAnswers(asked).map(estimated)).then(
      (all) => (fitting.value = all.filter((one) => one !== undefined)),
      () => (fitting.value = []),
    );
  }, [asked]);
  if (!fitting.value) return null;
  if (fitting.value.length === 0) return <span>A shorter prompt or a smaller model would take less.</span>;
  return (
    <>
      Within it:
      {fitting.value.map(({ lighter, estimate }) => (
        <button type="button" key={lighter.label} title={costOf(estimate)} onClick={() => ask(lighter.asked)}>
          {lighter.label}
        </button>
      ))}
    </>
  );
}

/** What the answer would take that stands in the prompt, as one types. */
export function AnswerCost() {
  const asked = useMemo(
    () =>
      latest({
        question: () => (draftObstacle.value ? undefined : draftAnswer.value),
        ask: async (question, signal) =>
          (await server.request(EstimateDocument, { input: { generation: question } }, { signal })).estimate,
        delay: 300,
      }),
    [],
  );
  useEffect(() => asked.end, []);
  const { answer, pending } = asked.state.value;
  if (!answer) return <p class="quiet" aria-busy={pending} />;
  if (answer.__typename !== 'Estimate') return <p class="wrong">{answer.message}</p>;
  const excess = overBudget(answer);
  return <p class={excess ? 'wrong' : 'quiet'}>{excess ?? `${costOf(answer)}, if nothing ends it before`}</p>;
}

async function estimated(lighter: LighterAnswer): Promise<Fitting | undefined> {
  const { estimate } = await server.request(EstimateDocument, { input: { generation: lighter.asked } });
  return estimate.__typename === 'Estimate' && estimate.withinBudget ? { lighter, estimate } : undefined;
}

function ask({ input, explained }: AnswerQuestion): void {
  answerDraft.maxTokens.value = input.maxTokens;
  answerDraft.explained.value = explained;
  askAnswer();
}
