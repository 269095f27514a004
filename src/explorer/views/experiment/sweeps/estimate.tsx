/** What a sweep would take, and its first prompts: told as it is put together. */
import { useEffect, useMemo } from 'preact/hooks';
import { EstimateSweepDocument, type EstimateSweepQuery } from '../../../../client/generated/graphql.ts';
import { bytes, duration } from '../../../format/number.ts';
import { plain } from '../../../format/token.ts';
import { ProblemNotice } from '../../../parts/notice.tsx';
import { latest } from '../../../state/latest.ts';
import { problemIn } from '../../../state/problem.ts';
import { server } from '../../../state/server.ts';
import { counted } from '../aggregates.ts';
import { sweepInput } from './draft.ts';

/** Milliseconds without a key after which it is asked. */
const pause = 400;

type Estimate = Extract<EstimateSweepQuery['estimateSweep'], { __typename: 'SweepEstimate' }>;

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

/** `1,000 rows, 12 of them answered already: about 40 s, 35 MB stored, at most 1.2 GB of memory.` */
export function costInWords({
  rows,
  failing,
  distinct,
  stored,
  seconds,
  storedBytes,
  peakMemory,
}: Omit<Estimate, 'examples'>): string {
  const notes = [
    distinct < rows && `${counted(distinct)} of them different`,
    stored > 0 && `${counted(stored)} answered already`,
    failing > 0 && `${counted(failing)} cannot be asked`,
  ].filter(Boolean);
  const count = `${counted(rows)} ${rows === 1 ? 'row' : 'rows'}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
  return `${count}: about ${duration(seconds)}, ${bytes(storedBytes)} on disk, ${bytes(peakMemory)} of memory at the most.`;
}
