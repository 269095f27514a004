/** The page: the order of its parts is the order of the questions. */
import { useSignal } from '@preact/signals';
import { ProblemNotice } from './parts/notice.tsx';
import { Sized } from './parts/sized.tsx';
import type { Explanation } from './state/explanation.ts';
import { connected } from './state/server.ts';
import { theme, toggleTheme } from './state/theme.ts';
import { beside, explanation, openAddress, openProblem, showExample } from './state/workspace.ts';
import { Tabs } from './tabs.tsx';
import { FlowView } from './views/flow/flow.tsx';
import { ModelPicker } from './views/prompt/model-picker.tsx';
import { PromptBar } from './views/prompt/prompt.tsx';
import { RunList } from './views/run-list/run-list.tsx';
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
          {shown.map((one) => (
            <Explained key={one} explanation={one} />
          ))}
        </div>
      </main>
    </>
  );
}

function Explained({ explanation }: { readonly explanation: Explanation }) {
  return (
    <div class="explained">
      <Sized>{(width) => <TokensView explanation={explanation} width={width} />}</Sized>
      <div class="depth">
        <Sized>{(width) => <FlowView explanation={explanation} width={width} />}</Sized>
        <Tabs explanation={explanation} />
      </div>
    </div>
  );
}
