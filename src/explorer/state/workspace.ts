/** What is on the page: an answer, or one explanation, perhaps a second beside it, and which view of it is open. */
import { batch, computed, effect, signal, untracked } from '@preact/signals';
import {
  RunDocument,
  type RunPartsFragment,
  type RunQuery,
  type RunRequestPartsFragment,
} from '../../client/generated/graphql.ts';
import { type Address, type Place, readAddress, writeAddress } from './address.ts';
import { Answer, answerQuestionOf, type GenerationRequest } from './answer.ts';
import { chooseMethod, draft, draftAsked, draftFrom, draftQuestion, example, write } from './draft.ts';
import { draftAnswer, draftAnswerFrom } from './draft-answer.ts';
import { Explanation } from './explanation.ts';
import { type ModelEntry, models } from './models.ts';
import { type Problem, problemOf } from './problem.ts';
import { type Question, questionOf } from './question.ts';
import { hovered, pinned } from './selection.ts';
import { server } from './server.ts';

export const explanation = signal<Explanation | undefined>(undefined);
export const beside = signal<Explanation | undefined>(undefined);
/** In the place of explanations. */
export const answer = signal<Answer | undefined>(undefined);
/** Of the views on the right; `prompt` where an answer is traced back to it. */
export const view = signal('lens');
/** Why what the address names cannot be shown. */
export const openProblem = signal<Problem | undefined>(undefined);
/** The search of the address while it names experiments: they stand in the place of all else. */
export const experimentsPlace = signal<string | undefined>(undefined);
/** Ids of runs that were deleted from this page. */
export const deleted = signal<ReadonlySet<string>>(new Set());

/** While what the address names is read, it is not written. */
const opening = signal(false);
/** What has begun last is what is shown, whatever else is answered later. */
let turns = 0;
/** What stands in the address: another one is a step that the browser goes back from. */
let stands: readonly unknown[] = [];

/** What of the draft is asked where this is shown, as a text. */
const drafted = computed(() => JSON.stringify(answer.value ? draftAnswer.value : draftQuestion.value));

/** As it was when it was asked, or read from a run that is shown. */
const shownDraft = signal<string | undefined>(undefined);

/** Whether the draft asks something else than what is shown. */
export const edited = computed(() => shownDraft.value !== undefined && drafted.value !== shownDraft.value);

/** What was being read is not shown any more when it comes. @returns whether nothing else has begun since */
export function begin(): () => boolean {
  opening.value = false;
  return nextTurn();
}

function nextTurn(): () => boolean {
  const turn = ++turns;
  return () => turn === turns;
}

/** Explains what stands in the prompt. */
export function explain(): void {
  batch(() => {
    begin();
    pinned.value = {};
    openProblem.value = undefined;
    show(new Explanation(draftQuestion.value));
    showBeside(undefined);
    shownDraft.value = drafted.value;
  });
}

/** Has the model go on from what stands in the prompt. */
export function askAnswer(): void {
  batch(() => {
    begin();
    pinned.value = {};
    openProblem.value = undefined;
    showAnswer(new Answer(draftAnswer.value));
    shownDraft.value = drafted.value;
  });
}

/** Explains a second question beside the first: the same by another method, say. */
export function compare(question: Question): void {
  begin();
  showBeside(new Explanation(question, { track: explanation.value?.place?.track }));
}

/** @param closed of the two: the other is shown alone from then on */
export function close(closed: Explanation): void {
  batch(() => {
    begin();
    const kept = beside.value;
    if (closed === kept || !kept) return showBeside(undefined);
    beside.value = undefined;
    show(kept);
    const begun = kept.attribution.started.value;
    if (begun) draftAsked(kept.question, begun);
    shownDraft.value = begun ? drafted.value : JSON.stringify(kept.question);
  });
}

/** Whether this run is on the page: what it says of itself, or the way of the tokens in it. */
export function isShown(id: string): boolean {
  if (answer.value?.shownRun?.id === id) return true;
  return [explanation.value, beside.value].some((shown) =>
    [shown?.place?.run, shown?.circulation.value?.run.value?.id].includes(id),
  );
}

/** What others open to see what is shown; undefined as long as it is not stored. */
export function linkToShown(): string | undefined {
  if (experimentsPlace.value) return location.href;
  const address = shownAddress();
  return address && linkTo(address);
}

export function linkTo(address: Address): string {
  return new URL(writeAddress(address), location.href).href;
}

/** Where experiments were left. */
let lastExperiments = '?experiments';

/** Another address of this page: a step, which the browser goes back from. */
export function visit(address: string): Promise<void> {
  history.pushState(null, '', address);
  return openAddress();
}

/** Experiments, where they were left; from there back to what is explained. */
export function toggleExperiments(): void {
  const address = shownAddress();
  void visit(experimentsPlace.value ? (address ? writeAddress(address) : location.pathname) : lastExperiments);
}

/** Shows a stored run, or one that is under way, in the place of what is shown. */
export function openRun(id: string): Promise<void> {
  return visit(writeAddress({ run: id, view: view.value, selection: {} }));
}

/** Shows a stored run beside the one that is open; where that is an answer, in its place. */
export async function openBeside(id: string): Promise<void> {
  if (answer.value) return openRun(id);
  const isNewest = begin();
  const found = await read({ run: id });
  if (!isNewest()) return;
  batch(() => {
    openProblem.value = found.problem ?? besideAnswer(found);
    if (found.run && !openProblem.value) showBeside(opened(found.run));
  });
}

/** Has an answer written once more that was not finished. */
export function answerAgain({ asked }: Answer): void {
  begin();
  showAnswer(new Answer(asked));
}

/** Asks once more what has no answer. */
export function askAgain(unanswered: Explanation): void {
  begin();
  const next = new Explanation(unanswered.question, { track: unanswered.place?.track });
  if (unanswered === beside.value) showBeside(next);
  else show(next);
}

/** Shows what the address names; at first, an example. */
export async function openAddress(): Promise<void> {
  const isNewest = nextTurn();
  const isOfExperiments = /^\?experiment/.test(location.search);
  experimentsPlace.value = isOfExperiments ? location.search : undefined;
  if (isOfExperiments) {
    lastExperiments = location.search;
    return;
  }
  const { run, track, beside: second, view: named, selection } = readAddress(location.search);
  if (!run) {
    if (named) view.value = named;
    return beginWithExample();
  }
  if (run === answer.value?.shownRun?.id) {
    pinned.value = selection;
    return;
  }
  opening.value = true;
  const [first, other] = await Promise.all([
    read({ run, ...(track && { track }) }, explanation.value),
    second && read(second, beside.value),
  ]);
  if (!isNewest()) return;
  batch(() => {
    opening.value = false;
    pinned.value = selection;
    if (named) view.value = named;
    openProblem.value = first.problem ?? other?.problem ?? (other && besideAnswer(other));
    if (first.run) draftFrom(first.run);
    if (first.run?.input.__typename === 'GenerationRequest') openAnswer(first.run, first.run.input);
    else {
      showAnswer(undefined);
      show(shownAt(first, explanation.value));
      showBeside(explanation.value && other && !besideAnswer(other) ? shownAt(other, beside.value) : undefined);
    }
    if (first.run) shownDraft.value = drafted.value;
    stands = [explanation.value, beside.value, answer.value];
  });
}

/** Keeps the address up to date with what is shown, as long as the page is open, and what is shown with the address. */
export function followAddress(): void {
  effect(() => {
    const address = shownAddress();
    if (opening.value || experimentsPlace.value || !address) return;
    const shown = [explanation.value, beside.value, answer.value];
    const isStep = shown.some((one, at) => one !== stands[at]);
    stands = shown;
    const written = writeAddress(address);
    if (written !== location.search) history[isStep ? 'pushState' : 'replaceState'](null, '', written);
  });
  addEventListener('popstate', () => void openAddress());
}

function shownAddress(): Address | undefined {
  if (answer.value) {
    const run = answer.value.shownRun?.id;
    return run ? { run, ...(view.value === 'prompt' && { view: 'prompt' }), selection: pinned.value } : undefined;
  }
  const [place, other] = [explanation.value?.place, beside.value?.place];
  if (!place || (beside.value && !other)) return undefined;
  return { ...place, ...(other && { beside: other }), view: view.value, selection: pinned.value };
}

/** A new visitor's first screen: the sample model, a prompt, explained; once there is a model. */
export function showExample(): void {
  write('');
  beginWithExample();
}

/** Who began to type before there was a model keeps the text. */
function beginWithExample(): void {
  const isNewest = begin();
  openProblem.value = undefined;
  const leave = effect(() => {
    const usable = models.value?.filter(({ status }) => status !== 'BROKEN' && status !== 'FAILED') ?? [];
    const model = usable.find(({ name }) => name === 'sample') ?? usable[0];
    if (!model) return;
    queueMicrotask(() => leave());
    if (!isNewest()) return;
    untracked(() => {
      if (draft.text.value) draft.model.value ||= model.name;
      else showExampleOf(model);
    });
  });
}

function showExampleOf(model: ModelEntry): void {
  const isSample = model.name === 'sample';
  batch(() => {
    draft.model.value = model.name;
    write(example.prompt);
    chooseMethod('FROZEN');
    draft.kind.value = 'LOGIT';
    draft.token.value = isSample ? { text: example.token } : undefined;
    draft.against.value = isSample ? { text: example.against } : undefined;
    if (isSample) explain();
    // It stands where the address named nothing: nothing to go back to.
    stands = [explanation.value, beside.value, undefined];
  });
}

type StoredRun = NonNullable<RunQuery['run']>;

/** A run, one that is shown already, or why there is none. */
interface Found {
  readonly place: Place;
  readonly run?: StoredRun;
  readonly problem?: Problem;
}

/** @param shown is not read again where it is what is looked for */
async function read(place: Place, shown?: Explanation): Promise<Found> {
  if (shown?.place?.run === place.run) return { place };
  try {
    const { run } = await server.request(RunDocument, { id: place.run });
    if (run) return { place, run };
    return { place, problem: { code: 'UNKNOWN_RUN', message: 'There is no such run: it may have been deleted.' } };
  } catch (thrown) {
    return { place, problem: problemOf(thrown) };
  }
}

function shownAt({ place: { track }, run, problem }: Found, shown: Explanation | undefined): Explanation | undefined {
  if (problem) return undefined;
  if (run) return opened(run, track);
  if (track && String(track) !== String(shown?.tracked.value)) shown?.track(track);
  return shown;
}

/** @param track of an attribution; a circulation has its own */
function opened(
  run: RunPartsFragment & { readonly input: RunRequestPartsFragment; readonly model: object | null },
  track?: readonly number[],
): Explanation {
  const { input, model } = run;
  const question = questionOf(run.modelName, input);
  const isOutdated = model === null;
  if (input.__typename !== 'CirculationRequest') return new Explanation(question, { run, track, isOutdated });
  const tracked = input.tracked.map(({ position }) => position);
  // What a circulation was made without cannot be selected of it.
  if (input.figures.length === 3) return new Explanation(question, { circulation: run, track: tracked, isOutdated });
  const remark = 'The circulation tells less than is drawn here; a full one of the same question is shown.';
  return new Explanation(question, { track: tracked, isOutdated, remark });
}

function openAnswer(run: StoredRun, input: GenerationRequest): void {
  draftAnswerFrom(input);
  showAnswer(new Answer(answerQuestionOf(run.modelName, input), run, run.model === null));
}

/** Answers are shown alone. */
function besideAnswer({ run }: Found): Problem | undefined {
  if (run?.input.__typename !== 'GenerationRequest') return undefined;
  return { code: 'INPUT', message: 'An answer does not stand beside an explanation: open it in its place.' };
}

function showAnswer(next: Answer | undefined): void {
  answer.value?.dispose();
  if (next) {
    show(undefined);
    showBeside(undefined);
  }
  answer.value = next;
}

function show(next: Explanation | undefined): void {
  if (next) showAnswer(undefined);
  if (next !== explanation.value) {
    explanation.value?.dispose();
    // What was pointed at goes without a word.
    hovered.value = {};
  }
  explanation.value = next;
}

function showBeside(next: Explanation | undefined): void {
  if (next !== beside.value) beside.value?.dispose();
  beside.value = next;
}
