/** Flow. */
import { Panel } from '../../parts/panel.tsx';
import type { ViewProps } from '../view.ts';
import './flow.css';

export function FlowView({ explanation }: ViewProps) {
  return (
    <Panel name="flow" title="Flow">
      {explanation.attribution.phase.value}
    </Panel>
  );
}
