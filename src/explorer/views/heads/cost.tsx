/** How long something would take, before it is asked for. */
import type { EstimateInput } from '../../../client/generated/graphql.ts';
import { EstimateDocument } from '../../../client/generated/graphql.ts';
import { duration } from '../../format/number.ts';
import type { Explanation } from '../../state/explanation.ts';

interface CostProps {
  readonly explanation: Explanation;
  readonly input: EstimateInput;
}

export function Cost({ explanation, input }: CostProps) {
  const { value } = explanation.ask(EstimateDocument, { input });
  if (value.status !== 'ready') return <span class="cost">{value.status === 'failed' ? '' : 'How long? …'}</span>;
  const { totalTime, runTime, withinBudget } = value.answer;
  return (
    <span class="cost">
      About {duration(totalTime ?? runTime)}
      {withinBudget ? '.' : ', more than this server allows.'}
    </span>
  );
}
