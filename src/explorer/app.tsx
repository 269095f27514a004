/** The page: the order of its parts is the order of the questions. */
import { useSignal } from '@preact/signals';
import { CopyButton } from './parts/copy-button.tsx';
import { ProblemNotice } from './parts/notice.tsx';
import { Sized } from './parts/sized.tsx';
import type { Explanation } from './state/explanation.ts';
import { connected } from './state/server.ts';
import { theme, toggleTheme } from './state/theme.ts';
import { beside, explanation, linkToShown, openAddress, openProblem, showExample } from './state/workspace.ts';
import { Tabs } from './tabs.tsx';
import { Shown } from './takeaway/shown.ts';
import { FlowView } from './views/flow/flow.tsx';
import { ModelPicker } from './views/prompt/model-picker.tsx';
import { PromptBar } from './views/prompt/prompt.tsx';
import { RunList } from './views/run-list/run-list.tsx';
import { ShownRun } from './views/run-list/shown-run.tsx';
import { TokensView } from './views/tokens/tokens.tsx';

export function App() {
  const runsOpen = useSignal(false);
  const shown = [explanation.value, beside.value].filter((one) => one !== undefined);
  return (
    <>
      <header class="bar">
        <h1>Tributary</h1>
        <ModelPicker />
        <span class="grow" />
        <button type="button" aria-expanded={runsOpen.value} onClick={() => (runsOpen.value = !runsOpen.value)}>
          Runs
        </button>
        <CopyButton text={() => linkToShown() ?? location.href} disabled={linkToShown() === undefined}>
          Copy link
        </CopyButton>
        <a href="/graphql">GraphiQL</a>
        <button type="button" onClick={toggleTheme} aria-label={`Theme: ${theme.value}`}>
          {theme.value === 'light' ? '☾' : '☀'}
        </button>
      </header>
      {!connected.value && (
        <p class="connection" role="status">
          The connection was lost. Connecting again …
        </p>
      )}
      <main>
        <PromptBar />
        {openProblem.value && (
          <ProblemNotice problem={openProblem.value} again={() => void openAddress()}>
            <button type="button" onClick={showExample}>
              Show the example
            </button>
          </ProblemNotice>
        )}
        {runsOpen.value && <RunList close={() => (runsOpen.value = false)} />}
        <div class={shown.length > 1 ? 'explanations two' : 'explanations'}>
          {shown.map((one, index) => (
            <Explained key={one} explanation={one} other={shown[1 - index]} />
          ))}
        </div>
      </main>
    </>
  );
}

interface ExplainedProps {
  readonly explanation: Explanation;
  /** Of two that stand side by side. */
  readonly other: Explanation | undefined;
}

function Explained({ explanation, other }: ExplainedProps) {
  return (
    <Shown.Provider value={explanation}>
      <div class="explained">
        <ShownRun explanation={explanation} other={other} />
        <Sized>{(width) => <TokensView explanation={explanation} width={width} />}</Sized>
        <div class="depth">
          <Sized>{(width) => <FlowView explanation={explanation} width={width} />}</Sized>
          <Tabs explanation={explanation} />
        </div>
      </div>
    </Shown.Provider>
  );
}
