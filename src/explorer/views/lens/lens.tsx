/** Lens. */
import { Panel } from '../../parts/panel.tsx';
import type { ViewProps } from '../view.ts';
import './lens.css';

export function LensView({ explanation }: ViewProps) {
  return (
    <Panel name="lens" title="Lens">
      {explanation.attribution.phase.value}
    </Panel>
  );
}
