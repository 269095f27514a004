/** How an answer is to be written: how long, how each token is chosen, what ends it, how it is explained. */
import type { Signal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';
import type { TargetKind } from '../../../client/generated/graphql.ts';
import { methods, throughBlocks } from '../../format/method.ts';
import { answerDraft } from '../../state/draft-answer.ts';
import { AnswerCost } from './lighter.tsx';
import { wordsOf } from './shown.ts';
import './options.css';

export function AnswerOptions() {
  const { maxTokens, sampled, temperature, topK, topP, seed, stopTexts, endOfText, explained, method, kind } =
    answerDraft;
  // What they stand in was placed before they had come.
  useLayoutEffect(() => {
    dispatchEvent(new Event('resize'));
  }, []);
  return (
    <div class="answer-options">
      <Figure label="at most, in tokens" field="maxTokens" of={maxTokens} min={1} max={4096} usual="64" isWhole />
      <Check label="drawn at random, not the likeliest each time" on={sampled} />
      {sampled.value && (
        <div class="nested">
          <Figure label="temperature" field="sampling.temperature" of={temperature} min={0.01} max={100} usual="1" />
          <Figure label="of the likeliest so many" field="sampling.topK" of={topK} min={1} usual="all" isWhole />
          <Figure label="of those with this probability" field="sampling.topP" of={topP} min={0.01} max={1} usual="1" />
          <Figure label="seed" field="sampling.seed" of={seed} min={0} usual="0" isWhole />
        </div>
      )}
      <label class="texts">
        <span>ends with one of these texts, one a line</span>
        <textarea
          rows={2}
          data-field="stop.texts"
          spellcheck={false}
          value={stopTexts.value}
          onInput={({ currentTarget }) => (stopTexts.value = currentTarget.value)}
        />
      </label>
      <Check label="ends with a token that ends an answer" on={endOfText} />
      <Check label="each token explained" on={explained} />
      {explained.value && (
        <label class="figure nested">
          <span>by</span>
          <select
            data-field="attribution.method"
            value={method.value}
            onChange={({ currentTarget }) => {
              method.value = throughBlocks.find((name) => name === currentTarget.value) ?? 'FROZEN';
            }}
          >
            {throughBlocks.map((name) => (
              <option key={name} value={name} title={methods[name].what}>
                {methods[name].name}
              </option>
            ))}
          </select>
        </label>
      )}
      {explained.value && (
        <label class="figure nested">
          <span>of each</span>
          <select
            data-field="attribution.kind"
            value={kind.value}
            onChange={({ currentTarget }) => (kind.value = currentTarget.value as TargetKind)}
          >
            {(['LOGIT', 'LOG_PROBABILITY', 'PROBABILITY'] satisfies TargetKind[]).map((name) => (
              <option key={name} value={name}>
                its {wordsOf(name).value}
              </option>
            ))}
          </select>
        </label>
      )}
      <AnswerCost />
    </div>
  );
}

interface FigureProps {
  readonly label: string;
  readonly field: string;
  readonly of: Signal<number | undefined>;
  readonly min: number;
  readonly max?: number;
  /** What it is where nothing is typed. */
  readonly usual: string;
  readonly isWhole?: boolean;
}

function Figure({ label, field, of, min, max, usual, isWhole }: FigureProps) {
  return (
    <label class="figure">
      <span>{label}</span>
      <input
        type="number"
        data-field={field}
        min={min}
        max={max}
        step={isWhole ? 1 : 'any'}
        placeholder={usual}
        value={of.value ?? ''}
        onInput={({ currentTarget: { value, valueAsNumber } }) => {
          of.value = value === '' ? undefined : isWhole ? Math.round(valueAsNumber) : valueAsNumber;
        }}
      />
    </label>
  );
}

function Check({ label, on }: { readonly label: string; readonly on: Signal<boolean> }) {
  return (
    <label>
      <input type="checkbox" checked={on.value} onChange={({ currentTarget }) => (on.value = currentTarget.checked)} />{' '}
      {label}
    </label>
  );
}
