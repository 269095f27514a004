/** The page: the order of its parts is the order of the questions. */
import { useSignal } from '@preact/signals';
import { Explanations } from './explanations.tsx';
import { CopyButton } from './parts/copy-button.tsx';
import { later, laterScript } from './parts/later.tsx';
import { ProblemNotice } from './parts/notice.tsx';
import { isKeyWanted, key } from './state/key.ts';
import { connected } from './state/server.ts';
import { theme, toggleTheme } from './state/theme.ts';
import {
  experimentsPlace,
  linkToShown,
  openAddress,
  openProblem,
  showExample,
  toggleExperiments,
} from './state/workspace.ts';
import { ModelPicker } from './views/prompt/model-picker.tsx';
import { PromptBar } from './views/prompt/prompt.tsx';

const drawers = { Workers: later((more) => more.WorkerList), Runs: later((more) => more.RunList) };
const drawerNames = Object.keys(drawers) as (keyof typeof drawers)[];
const KeyDialog = later((more) => more.KeyDialog);
const SignOut = later((more) => more.SignOut);
const ExperimentsPage = laterScript(() => import('./experiments.ts')).later((script) => script.ExperimentsPage);

export function App() {
  const open = useSignal<keyof typeof drawers | undefined>(undefined);
  const Drawer = open.value && drawers[open.value];
  const { value: place } = experimentsPlace;
  return (
    <>
      <header class="bar">
        <h1>Tributary</h1>
        {!place && <ModelPicker />}
        <span class="grow" />
        <button type="button" aria-pressed={place !== undefined} onClick={toggleExperiments}>
          Experiments
        </button>
        {drawerNames.map((name) => (
          <button
            type="button"
            key={name}
            aria-expanded={open.value === name}
            onClick={() => (open.value = open.value === name ? undefined : name)}
          >
            {name}
          </button>
        ))}
        <CopyButton text={() => linkToShown() ?? location.href} disabled={linkToShown() === undefined}>
          Copy link
        </CopyButton>
        <a href="/graphql">GraphiQL</a>
        {key() && <SignOut />}
        <button type="button" onClick={toggleTheme} aria-label={`Theme: ${theme.value}`}>
          {theme.value === 'light' ? '☾' : '☀'}
        </button>
      </header>
      {isKeyWanted.value && <KeyDialog />}
      {!connected.value && (
        <p class="connection" role="status">
          The connection was lost. Connecting again …
        </p>
      )}
      <main>
        {place ? (
          <ExperimentsPage search={place} />
        ) : (
          <>
            <PromptBar />
            {openProblem.value && (
              <ProblemNotice problem={openProblem.value} again={() => void openAddress()}>
                <button type="button" onClick={showExample}>
                  Show the example
                </button>
              </ProblemNotice>
            )}
            <Explanations />
          </>
        )}
        {Drawer && <Drawer close={() => (open.value = undefined)} />}
      </main>
    </>
  );
}
