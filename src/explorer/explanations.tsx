/** What is explained: one answer, or two side by side. Their tokens stand together on top, then what is deeper. */
import { Sized } from './parts/sized.tsx';
import type { Explanation } from './state/explanation.ts';
import { beside, explanation } from './state/workspace.ts';
import { Tabs } from './tabs.tsx';
import { Shown } from './takeaway/shown.ts';
import { ComparisonView } from './views/comparison/comparison.tsx';
import { nameOf } from './views/comparison/naming.ts';
import { FlowView } from './views/flow/flow.tsx';
import { ShownRun } from './views/run-list/shown-run.tsx';
import { TokensView } from './views/tokens/tokens.tsx';

export function Explanations() {
  const [first, second] = [explanation.value, beside.value];
  if (!first) return null;
  return (
    <div class={second ? 'explanations two' : 'explanations'}>
      {[first, second].map((one) => one && <ShownRun key={one} explanation={one} />)}
      <Shown.Provider value={second ? [first, second] : [first]}>
        <Sized>
          {(width) =>
            second ? (
              <ComparisonView key={second} first={first} second={second} width={width} />
            ) : (
              <TokensView key={first} explanation={first} width={width} />
            )
          }
        </Sized>
      </Shown.Provider>
      <div class="depths">
        {[first, second].map(
          (one) =>
            one && (
              <Shown.Provider key={one} value={[one]}>
                <Depth explanation={one} name={second && nameOf(one, [first, second])} />
              </Shown.Provider>
            ),
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
