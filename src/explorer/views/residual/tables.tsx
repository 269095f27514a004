/** The residual stream's figures as ranked tables. */
import { useSignal } from '@preact/signals';
import { rounded } from '../../format/number.ts';
import type { TargetWords } from '../../format/target.ts';
import { Prose } from '../../parts/prose.tsx';
import { Ranked } from '../../parts/ranked.tsx';
import type { Handle } from '../../parts/ranking.ts';
import { type Part, partName, type StreamRow } from './ledger.ts';

/** Parts that are shown at first. */
const few = 20;

export function PartsTable({ parts, unit }: { readonly parts: readonly Part[]; readonly unit: string }) {
  const most = useSignal(few);
  return (
    <>
      <Ranked
        label="Parts of the model by what they contribute"
        rows={parts}
        by="direct"
        heading="part"
        handles={nameOf}
        keyOf={partName}
        most={most.value}
        columns={[
          { name: 'direct', title: `direct (${unit})`, of: ({ direct }) => direct, bar: true },
          { name: 'total', title: `total (${unit})`, of: ({ total }) => total, bar: true },
        ]}
      />
      {parts.length > most.value && (
        <button
          type="button"
          onClick={() => {
            most.value = parts.length;
          }}
        >
          Show all {parts.length}
        </button>
      )}
    </>
  );
}

interface StreamTableProps {
  readonly rows: readonly StreamRow[];
  readonly words: TargetWords;
}

export function StreamTable({ rows, words: { name, value, unit } }: StreamTableProps) {
  const [first] = rows;
  if (first && rows.every(({ biases }) => biases === 0))
    return (
      <p class="caption">
        The model has no biases, so before each layer the stream carries the whole {value}, {rounded(first.sum)}.
      </p>
    );
  return (
    <>
      <h3>What the stream carries</h3>
      <p class="caption">
        <Prose
          text={`What the stream brings to the ${value} of ${name} as it enters each layer. Together with the biases that are still to come it makes the whole ${value}, at every depth.`}
        />
      </p>
      <Ranked
        label="What the residual stream carries before each layer"
        rows={rows}
        heading="before"
        name={({ layer }) => `layer ${layer}`}
        selection={({ layer }) => ({ layer })}
        keyOf={({ layer }) => String(layer)}
        columns={[
          { name: 'residual', title: `carried (${unit})`, of: ({ residual }) => residual, bar: true },
          { name: 'biases', title: `biases (${unit})`, of: ({ biases }) => biases, bar: true },
          { name: 'sum', title: 'sum', of: ({ sum }) => sum },
        ]}
      />
    </>
  );
}

function nameOf(part: Part): Handle[] {
  const label = <span class={part.kind === 'attentionBias' ? 'within' : undefined}>{partName(part)}</span>;
  return [part.layer === undefined ? { label } : { label, selection: { layer: part.layer } }];
}
