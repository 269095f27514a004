/** Tokens. */
import { Panel } from '../../parts/panel.tsx';
import type { ViewProps } from '../view.ts';
import './tokens.css';

export function TokensView({ explanation }: ViewProps) {
  return (
    <Panel name="tokens" title="Tokens">
      {explanation.attribution.phase.value}
    </Panel>
  );
}
