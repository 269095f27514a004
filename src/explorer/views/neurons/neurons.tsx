/** Neurons. */
import { Panel } from '../../parts/panel.tsx';
import type { ViewProps } from '../view.ts';
import './neurons.css';

export function NeuronsView({ explanation }: ViewProps) {
  return (
    <Panel name="neurons" title="Neurons">
      {explanation.attribution.phase.value}
    </Panel>
  );
}
