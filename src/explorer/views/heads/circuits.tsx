/** What the weights alone say of a head: whether it copies, and which heads it works with. */

import { useSignal } from '@preact/signals';
import { tensorValues } from '../../../client/client.ts';
import { HeadCircuitsDocument, type HeadCircuitsQuery } from '../../../client/generated/graphql.ts';
import { componentName } from '../../format/component.ts';
import { exact, rounded, signed } from '../../format/number.ts';
import { Answered } from '../../parts/detail.tsx';
import type { AnswerOf } from '../../state/detail.ts';
import type { Explanation } from '../../state/explanation.ts';
import { pin } from '../../state/selection.ts';
import { type Composition, compositionsOf, medianScore } from './composition.ts';
import { Cost } from './cost.tsx';
import { Folded } from './folded.tsx';
import { copyingWords } from './words.ts';

interface CircuitsProps {
  readonly explanation: Explanation;
  readonly layer: number;
  readonly head: number;
  /** Whether they were asked for: kept by the view, for they hold for all heads. */
  readonly asked: { value: boolean };
}

export function Circuits({ explanation, layer, head, asked }: CircuitsProps) {
  const isOpen = useSignal(asked.value);
  const { model } = explanation.question;
  return (
    <Folded title="Copying and composition" open={isOpen}>
      {() =>
        asked.value ? (
          <Answered
            detail={explanation.ask(HeadCircuitsDocument, { model })}
            what="copying and composition of all heads"
          >
            {(answer) => <Scores circuits={answer} layer={layer} head={head} />}
          </Answered>
        ) : (
          <p class="ask">
            <button type="button" class="primary" onClick={() => (asked.value = true)}>
              Compute for all heads
            </button>{' '}
            <Cost explanation={explanation} input={{ circuits: { model } }} /> From the weights alone, whatever the
            prompt; the server keeps it.
          </p>
        )
      }
    </Folded>
  );
}

const kinds = [
  { name: 'queries', title: 'Queries', means: 'what the earlier head wrote decides where the later one looks' },
  { name: 'keys', title: 'Keys', means: 'what the earlier head wrote decides who looks there' },
  { name: 'values', title: 'Values', means: 'the later head moves on what the earlier one moved' },
] as const;

interface ScoresProps {
  readonly circuits: AnswerOf<HeadCircuitsQuery>;
  readonly layer: number;
  readonly head: number;
}

function Scores({ circuits, layer, head }: ScoresProps) {
  const copying = circuits.heads.find((one) => one.layer === layer && one.head === head)?.copying;
  return (
    <div class="circuits">
      {copying !== undefined && (
        <p>
          <b title={exact(copying)} data-copying={copying}>
            Copying {signed(copying)}
          </b>{' '}
          (−1 to 1): {copyingWords(copying)}.
        </p>
      )}
      <table aria-label={`Composition scores of head ${componentName(layer, head)}`}>
        <thead>
          <tr>
            <th scope="col">Through</th>
            <th scope="col">it reads earlier heads</th>
            <th scope="col">later heads read it</th>
          </tr>
        </thead>
        <tbody>
          {kinds.map(({ name, title, means }) => {
            const scores = { shape: circuits[name].shape, values: tensorValues(circuits[name]) };
            const { earlier, later } = compositionsOf(scores, layer, head, 3);
            return (
              <tr key={name} data-kind={name}>
                <th scope="row">
                  {title}{' '}
                  <small>
                    {means}; median of all pairs {rounded(medianScore(scores))}
                  </small>
                </th>
                <td>{earlier.length > 0 ? <Partners heads={earlier} /> : 'none is earlier'}</td>
                <td>{later.length > 0 ? <Partners heads={later} /> : 'none is later'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Partners({ heads }: { readonly heads: readonly Composition[] }) {
  return (
    <ul>
      {heads.map(({ layer, head, score }) => (
        <li key={componentName(layer, head)}>
          <button type="button" title={exact(score)} data-score={score} onClick={() => pin({ layer, head })}>
            {componentName(layer, head)} <span>{rounded(score)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
