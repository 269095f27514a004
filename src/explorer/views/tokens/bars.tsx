/** Tokens as bars: in order, or the strongest first; of one answer or of two. */
import { useSignal } from '@preact/signals';
import { Ranked } from '../../parts/ranked.tsx';
import { TokenText } from '../../parts/token.tsx';
import { barColumns, type TokenRow } from './rows.ts';

const mostAtFirst = 100;

export function Bars({ rows, units }: { readonly rows: readonly TokenRow[]; readonly units: readonly string[] }) {
  const all = useSignal(false);
  return (
    <div class="bars">
      <Ranked
        label="Tokens"
        rows={rows}
        columns={barColumns(rows, units)}
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
