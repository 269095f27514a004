/** What is explained: one answer, or two side by side. Their tokens stand together on top, then what is deeper. */
import { Sized } from './parts/sized.tsx';
import type { Explanation } from './state/explanation.ts';
import { beside, explanation } from './state/workspace.ts';
import { Tabs } from './tabs.tsx';
import { ComparisonView } from './views/comparison/comparison.tsx';
import { nameOf } from './views/comparison/naming.ts';
import { FlowView } from './views/flow/flow.tsx';
import { TokensView } from './views/tokens/tokens.tsx';

export function Explanations() {
  const [first, second] = [explanation.value, beside.value];
  if (!first) return null;
  return (
    <div class={second ? 'explanations two' : 'explanations'}>
      <Sized>
        {(width) =>
          second ? (
            <ComparisonView key={second} first={first} second={second} width={width} />
          ) : (
            <TokensView key={first} explanation={first} width={width} />
          )
        }
      </Sized>
      <div class="depths">
        {[first, second].map(
          (one) => one && <Depth key={one} explanation={one} name={second && nameOf(one, [first, second])} />,
        )}
      </div>
    </div>
  );
}

interface DepthProps {
  readonly explanation: Explanation;
  /** Said where there are two. */
  readonly name: string | undefined;
}

function Depth({ explanation, name }: DepthProps) {
  return (
    <section class="depth" aria-label={name}>
      {name && <h2 class="whose">{name}</h2>}
      <Sized>{(width) => <FlowView explanation={explanation} width={width} />}</Sized>
      <Tabs explanation={explanation} />
    </section>
  );
}
