/** What is on the page: one explanation, perhaps a second beside it, and which view of it is open. */
import { batch, computed, effect, signal, untracked } from '@preact/signals';
import { RunDocument, type RunPartsFragment, type RunRequestPartsFragment } from '../../client/generated/graphql.ts';
import { type Address, readAddress, writeAddress } from './address.ts';
import { draft, draftFrom, draftQuestion, example } from './draft.ts';
import { Explanation } from './explanation.ts';
import { type ModelEntry, models } from './models.ts';
import { type Problem, problemOf } from './problem.ts';
import { type Question, questionOf } from './question.ts';
import { pinned } from './selection.ts';
import { server } from './server.ts';

export const explanation = signal<Explanation | undefined>(undefined);
export const beside = signal<Explanation | undefined>(undefined);
/** Of the views on the right. */
export const view = signal('lens');
/** Why what the address names cannot be shown. */
export const openProblem = signal<Problem | undefined>(undefined);

/** The draft as it was when it was explained, or read from a run that is shown. */
const shownDraft = signal<Question | undefined>(undefined);

/** Whether the draft asks something else than what is shown. */
export const edited = computed(
  () => shownDraft.value !== undefined && JSON.stringify(draftQuestion.value) !== JSON.stringify(shownDraft.value),
);

/** Explains what stands in the prompt. */
export function explain(): void {
  batch(() => {
    pinned.value = {};
    openProblem.value = undefined;
    shownDraft.value = draftQuestion.value;
    show(new Explanation(draftQuestion.value));
    showBeside(undefined);
  });
}

/** Asks once more what has no answer. */
export function askAgain({ question, tracked }: Explanation): void {
  const next = new Explanation(question, { track: tracked.value });
  if (question === beside.value?.question) showBeside(next);
  else show(next);
}

/** Explains a second question beside the first: the same by another method, say. */
export function compare(question: Question): void {
  showBeside(new Explanation(question, { track: explanation.value?.tracked.value ?? [] }));
}

export function endComparison(): void {
  showBeside(undefined);
}

/** Shows a stored run, or one that is under way. */
export async function openRun(id: string): Promise<void> {
  history.pushState(null, '', writeAddress({ run: id, track: [], view: view.value, selection: {} }));
  await openAddress();
}

/** Shows a stored run beside the one that is open. */
export async function openBeside(id: string): Promise<void> {
  const found = await stored(id);
  if (found) showBeside(fromRun(found));
}

/** Shows what the address names; at first, an example. */
export async function openAddress(): Promise<void> {
  const address = readAddress(location.search);
  batch(() => {
    pinned.value = address.selection;
    if (address.view) view.value = address.view;
    openProblem.value = undefined;
  });
  if (address.run) {
    const found = await stored(address.run);
    const other = found && address.beside ? await stored(address.beside) : undefined;
    batch(() => {
      if (found) {
        draftFrom(found);
        shownDraft.value = draftQuestion.value;
        show(fromRun(found, address.track));
      }
      showBeside(other && fromRun(other, address.track));
    });
  } else showExample();
}

/** Keeps the address up to date with what is shown, as long as the page is open. */
export function followAddress(): void {
  effect(() => {
    const run = explanation.value?.attribution.run.value?.id;
    if (!run) return;
    const other = beside.value?.attribution.run.value?.id;
    const address: Address = {
      run,
      ...(other && { beside: other }),
      track: explanation.value?.tracked.value ?? [],
      view: view.value,
      selection: pinned.value,
    };
    const isOther = readAddress(location.search).run !== run;
    history[isOther && location.search ? 'pushState' : 'replaceState'](null, '', writeAddress(address));
  });
  addEventListener('popstate', () => void openAddress());
}

/** A new visitor's first screen: the sample model, a prompt, explained; once there is a model. */
export function showExample(): void {
  const before = explanation.value;
  openProblem.value = undefined;
  const stop = effect(() => {
    const usable = models.value?.filter(({ status }) => status !== 'BROKEN' && status !== 'FAILED') ?? [];
    const model = usable.find(({ name }) => name === 'sample') ?? usable[0];
    if (!model) return;
    queueMicrotask(() => stop());
    if (explanation.peek() === before) untracked(() => showExampleOf(model));
  });
}

function showExampleOf(model: ModelEntry): void {
  const isSample = model.name === 'sample';
  batch(() => {
    draft.model.value = model.name;
    draft.text.value = example.prompt;
    draft.token.value = isSample ? { text: example.token } : undefined;
    draft.against.value = isSample ? { text: example.against } : undefined;
    if (isSample) explain();
  });
}

type StoredRun = RunPartsFragment & { readonly input: RunRequestPartsFragment };

async function stored(id: string): Promise<StoredRun | undefined> {
  try {
    const { run } = await server.request(RunDocument, { id });
    if (run) return run;
    openProblem.value = { code: 'UNKNOWN_RUN', message: 'There is no run with this id: it may have been deleted.' };
  } catch (thrown) {
    openProblem.value = problemOf(thrown);
  }
  return undefined;
}

function fromRun(run: StoredRun, track: readonly number[] = []): Explanation {
  const question = questionOf(run.modelName, run.input);
  if (run.input.__typename !== 'CirculationRequest') return new Explanation(question, { run, track });
  return new Explanation(question, { circulation: run, track: run.input.tracked.map(({ position }) => position) });
}

function show(next: Explanation): void {
  explanation.value?.dispose();
  explanation.value = next;
}

function showBeside(next: Explanation | undefined): void {
  beside.value?.dispose();
  beside.value = next;
}
