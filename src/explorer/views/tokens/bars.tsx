/** Tokens as bars: in order, or the strongest first; of one answer or of two. */
import { useSignal } from '@preact/signals';
import { Ranked } from '../../parts/ranked.tsx';
import { TokenText } from '../../parts/token.tsx';
import { barColumns, type Source, tokenRows } from './rows.ts';

const mostAtFirst = 100;

interface BarsProps {
  /** One answer, or two about the same tokens. */
  readonly sources: readonly Source[];
}

export function Bars({ sources }: BarsProps) {
  const all = useSignal(false);
  const rows = tokenRows(sources);
  return (
    <div class="bars">
      <Ranked
        label="Tokens"
        rows={rows}
        columns={barColumns(
          rows,
          sources.map(({ answer }) => answer.unit),
        )}
        heading="token"
        handles={({ token }) => [{ label: <TokenText token={token} />, selection: { position: token.position } }]}
        keyOf={({ token }) => String(token.position)}
        most={all.value ? rows.length : mostAtFirst}
      />
      {rows.length > mostAtFirst && (
        <button type="button" onClick={() => (all.value = !all.value)}>
          {all.value ? `Show the first ${mostAtFirst}` : `Show all ${rows.length.toLocaleString('en')}`}
        </button>
      )}
    </div>
  );
}
