/** The ways out of an answer that takes too much: those that the server says it has room for. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { EstimateDocument } from '../../../client/generated/graphql.ts';
import type { AnswerQuestion } from '../../state/answer.ts';
import { answerDraft } from '../../state/draft-answer.ts';
import type { Estimated } from '../../state/drafted.ts';
import { server } from '../../state/server.ts';
import { askAnswer } from '../../state/workspace.ts';
import { costOf } from '../prompt/cost.ts';
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

async function estimated(lighter: LighterAnswer): Promise<Fitting | undefined> {
  const { estimate } = await server.request(EstimateDocument, { input: { generation: lighter.asked } });
  return estimate.__typename === 'Estimate' && estimate.withinBudget ? { lighter, estimate } : undefined;
}

function ask({ input, explained }: AnswerQuestion): void {
  answerDraft.maxTokens.value = input.maxTokens;
  answerDraft.explained.value = explained;
  askAnswer();
}
