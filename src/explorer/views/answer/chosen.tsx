/** What is looked at, in depth: how sure the model was, what else it might have said, and whether the scores add up. */
import { exact, percent, rounded } from '../../format/number.ts';
import { ordinal } from '../../format/target.ts';
import { quoted } from '../../format/token.ts';
import { TokenText } from '../../parts/token.tsx';
import type { TokenGenerated } from '../../state/answer.ts';
import type { Answer as Attributed } from '../tokens/answer.ts';
import { Sum } from '../tokens/sum.tsx';
import { summed } from './figures.ts';
import { explainLast } from './in-depth.ts';
import { type ShownAnswer, wordsOf } from './shown.ts';
import { counted } from './words.ts';

/** Of one token of the answer, as the views of a prompt's tokens have it; undefined as long as it has not come. */
export function attributedAt({ written, text, method, unit }: ShownAnswer, index: number): Attributed | undefined {
  const row = written.rows[index];
  if (!row) return undefined;
  const tokens = row.scores.map((score, position) => ({
    token: { ...(text[position] as (typeof text)[number]), role: null },
    score,
    positionScore: null,
  }));
  return { ...row, tokens, method, steps: undefined, unit };
}

export function Chosen({ shown }: { readonly shown: ShownAnswer }) {
  const { focus, written, explained } = shown;
  if (!explained) return <p class="quiet hint">This answer was written without an explanation of its tokens.</p>;
  if (!focus)
    return (
      <p class="quiet hint">
        Point at a token of the answer for what it comes from, at one of the prompt for what it gives; click or Enter
        keeps it. Drag, Shift with a click, or Shift with the arrow keys chooses several.
      </p>
    );
  const [first, last] = [focus.first - written.prompt.length, focus.last - written.prompt.length];
  if (first < 0)
    return <p class="quiet hint">A token of the prompt: the colours say what it gives to each of the answer.</p>;
  if (first < last) return <Span shown={shown} first={first} last={last} />;
  const token = written.answer[first];
  return token ? <One shown={shown} token={token} index={first} /> : null;
}

interface OneProps {
  readonly shown: ShownAnswer;
  readonly token: TokenGenerated;
  readonly index: number;
}

function One({ shown, token, index }: OneProps) {
  const { probability, logit, rank, entropy, alternatives } = token;
  const attributed = attributedAt(shown, index);
  const length = shown.written.prompt.length + index + 1;
  return (
    <div class="one-token">
      <p>
        <TokenText token={token.token} />{' '}
        <b title={exact(probability)} data-probability={probability}>
          {percent(probability)}
        </b>
        , the model’s {ordinal(rank)} choice, logit <span title={exact(logit)}>{rounded(logit)}</span>; entropy{' '}
        <span title={exact(entropy)} data-entropy={entropy}>
          {rounded(entropy)} nats
        </span>
        <button type="button" onClick={() => explainLast(shown.text.slice(0, length), shown)}>
          Explain this token in depth
        </button>
      </p>
      {alternatives.length > 0 && (
        <ul class="alternatives" aria-label="The likeliest tokens here">
          {alternatives.map(({ token: other, probability: share }) => (
            <li key={other.tokenId} class={other.tokenId === token.token.tokenId ? 'said' : undefined}>
              <TokenText token={other} /> <span title={exact(share)}>{percent(share)}</span>
            </li>
          ))}
        </ul>
      )}
      {attributed ? <Sum answer={attributed} /> : <NotYet name={quoted(token.token)} />}
    </div>
  );
}

function NotYet({ name }: { readonly name: string }) {
  return (
    <p class="quiet" role="status">
      What {name} comes from has not come yet: several tokens are explained together.
    </p>
  );
}

function Span({ shown, first, last }: { readonly shown: ShownAnswer; readonly first: number; readonly last: number }) {
  const sum = summed(shown.written, first, last);
  if (!sum) return <NotYet name="some of them" />;
  const { bias, intercept, explained, sum: all, passed } = sum;
  const parts = all - bias - intercept;
  const gap = explained - all;
  const values = `${wordsOf(shown.kind).value.replace(/y$/, 'ie')}s`;
  return (
    <div class="sum">
      <span class="terms" title={`sum ${exact(all)}\nexplained ${exact(explained)}\ngap ${exact(gap)}`}>
        Σ tokens {rounded(parts)} + biases {bias < 0 ? `(${rounded(bias)})` : rounded(bias)} = {rounded(all)}
      </span>
      <p class={`audit ${passed ? 'passed' : 'inexact'}`} data-audit={passed ? 'passed' : 'inexact'}>
        <b aria-hidden="true">{passed ? '✓' : '≈'}</b> The {values} of the {counted(last - first + 1)} come to{' '}
        {rounded(explained)}: the gap is {rounded(gap)}.{passed ? '' : ' Not each of them adds up.'}
      </p>
    </div>
  );
}
