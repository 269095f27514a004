/** What is on the page: one explanation, perhaps a second beside it, and which view of it is open. */
import { batch, effect, signal } from '@preact/signals';
import { RunDocument, type RunPartsFragment, type RunRequestPartsFragment } from '../../client/generated/graphql.ts';
import { type Address, readAddress, writeAddress } from './address.ts';
import { draft, draftQuestion, example } from './draft.ts';
import { Explanation } from './explanation.ts';
import { models } from './models.ts';
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

/** Explains what stands in the prompt. */
export function explain(): void {
  batch(() => {
    pinned.value = {};
    openProblem.value = undefined;
    show(new Explanation(draftQuestion.value));
    showBeside(undefined);
  });
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
  if (found) showBeside(found);
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
    const found = await stored(address.run, address.track);
    if (found) show(found);
    showBeside(found && address.beside ? await stored(address.beside, address.track) : undefined);
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

/** A new visitor's first screen: the sample model, a prompt, explained. */
function showExample(): void {
  const usable = models.value?.filter(({ status }) => status !== 'BROKEN' && status !== 'FAILED') ?? [];
  const model = usable.find(({ name }) => name === 'sample') ?? usable[0];
  if (!model) return;
  const isSample = model.name === 'sample';
  batch(() => {
    draft.model.value = model.name;
    draft.text.value = example.prompt;
    draft.token.value = isSample ? { text: example.token } : undefined;
    draft.against.value = isSample ? { text: example.against } : undefined;
    if (isSample) explain();
  });
}

async function stored(id: string, track: readonly number[] = []): Promise<Explanation | undefined> {
  try {
    const { run } = await server.request(RunDocument, { id });
    if (run) return fromRun(run, track);
    openProblem.value = { code: 'UNKNOWN_RUN', message: 'There is no run with this id: it may have been deleted.' };
  } catch (thrown) {
    openProblem.value = problemOf(thrown);
  }
  return undefined;
}

function fromRun(
  run: RunPartsFragment & { readonly input: RunRequestPartsFragment },
  track: readonly number[],
): Explanation {
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
