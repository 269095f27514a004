/** Residual. */
import { Panel } from '../../parts/panel.tsx';
import type { ViewProps } from '../view.ts';
import './residual.css';

export function ResidualView({ explanation }: ViewProps) {
  return (
    <Panel name="residual" title="Residual">
      {explanation.attribution.phase.value}
    </Panel>
  );
}
