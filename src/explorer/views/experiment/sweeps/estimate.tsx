/** What a sweep would take, and its first prompts: told as it is put together. */
import { useEffect, useMemo } from 'preact/hooks';
import { EstimateSweepDocument } from '../../../../client/generated/graphql.ts';
import { plain } from '../../../format/token.ts';
import { ProblemNotice } from '../../../parts/notice.tsx';
import { latest } from '../../../state/latest.ts';
import { problemIn } from '../../../state/problem.ts';
import { server } from '../../../state/server.ts';
import { sweepInput } from './draft.ts';
import { costInWords, type Estimate } from './words.ts';

/** Milliseconds without a key after which it is asked. */
const pause = 400;

export function Cost({ experiment }: { readonly experiment: string }) {
  const asked = useMemo(
    () =>
      latest({
        question: () => sweepInput(experiment),
        ask: async (input, signal) =>
          (await server.request(EstimateSweepDocument, { input }, { signal })).estimateSweep,
        delay: pause,
      }),
    [experiment],
  );
  useEffect(() => asked.end, [asked]);
  const { answer, problem: failed, pending } = asked.state.value;
  const problem = failed ?? (answer && problemIn(answer));
  if (problem) return <ProblemNotice problem={problem} />;
  if (!answer || !('rows' in answer)) return <p class="quiet">Estimating …</p>;
  return (
    <div class="cost" aria-live="polite" aria-busy={pending}>
      <p>{costInWords(answer)}</p>
      <ol class="examples">
        {answer.examples.map((example, place) => (
          // Examples have no name but their place.
          <li key={place}>
            <ExampleOf example={example} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function ExampleOf({ example: { prompt, target, model, error } }: { readonly example: Estimate['examples'][number] }) {
  return (
    <>
      <q>{plain(prompt)}</q> <span class="quiet">{target === null ? model : `${model}, why ${plain(target)}`}</span>
      {error && <span class="wrong"> {error.message}</span>}
    </>
  );
}
