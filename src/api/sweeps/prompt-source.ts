/** The prompts of a sweep: of a template, as they are given, or of a file that was sent. */
import { inputError, within } from '../../errors.ts';
import { listed, mostSlots, nameFault, type Slots, slotValue } from '../../experiments/sweeps/slots.ts';
import { fillTemplate, parseTemplate, requireKnownSlots } from '../../experiments/sweeps/template.ts';
import { TemplatePrompts } from '../../experiments/sweeps/template-prompts.ts';
import type { OwnRuns } from '../../runs/own-runs.ts';
import { globalIdOf } from '../global-id.ts';
import type { SweptPrompt } from './operations/operation.ts';
import type { SweepInput } from './request.ts';

type RowsInput = (typeof SweepInput.$inferInput)['rows'];

export interface PromptSource {
  /** How many there are; an upper bound where it is not `exact`. */
  readonly count: bigint;
  readonly exact: boolean;
  /** Slots that every prompt has. */
  readonly slots: ReadonlySet<string>;
  /** Where in the input that stands which makes them so many. */
  readonly path: string;
  /** What would make them fewer. */
  readonly remedy: string;
  /** From the first on, each time. */
  readonly prompts: () => Iterable<SweptPrompt> | AsyncIterable<SweptPrompt>;
}

/**
 * @param used slots that targets use
 * @throws TributaryError INPUT
 */
export async function promptSource(
  { template, prompts, upload }: RowsInput,
  used: ReadonlySet<string>,
  uploads: OwnRuns['uploads'],
): Promise<PromptSource> {
  if (template) return ofTemplate(template, used);
  if (upload) return ofUpload(upload, used, uploads);
  return ofPrompts(prompts ?? [], used);
}

function ofTemplate(template: NonNullable<RowsInput['template']>, used: ReadonlySet<string>): PromptSource {
  const { prompt, slots, different, sample } = template;
  const path = 'input.rows.template';
  const request = { prompt, slots, different: different ?? undefined, sample: sample ?? undefined };
  const filled = within(path, () => new TemplatePrompts(request, used));
  return {
    count: filled.count,
    exact: filled.exact,
    slots: filled.slots,
    path: sample ? `${path}.sample.count` : `${path}.slots`,
    remedy: sample ? 'draw fewer' : 'draw some of the combinations by `sample`',
    prompts: () => withinEach(path, filled),
  };
}

function* withinEach(path: string, filled: TemplatePrompts): Generator<SweptPrompt, void> {
  const prompts = filled[Symbol.iterator]();
  for (;;) {
    const { done, value } = within(path, () => prompts.next());
    if (done) return;
    yield { prompt: { text: value.text }, slots: value.slots };
  }
}

function ofPrompts(given: NonNullable<RowsInput['prompts']>, used: ReadonlySet<string>): PromptSource {
  const path = 'input.rows.prompts';
  if (given.length === 0) throw inputError(path, 'There are no prompts; give one at the least');
  const prompts = given.map(({ prompt, slots }, index) => ({
    prompt,
    slots: slotsOf(slots ?? [], `${path}.${index}.slots`, used),
  }));
  return {
    count: BigInt(prompts.length),
    exact: true,
    slots: used,
    path,
    remedy: 'give fewer prompts',
    prompts: () => prompts,
  };
}

function slotsOf(
  given: readonly { readonly name: string; readonly value: string }[],
  path: string,
  used: ReadonlySet<string>,
): Slots {
  if (given.length > mostSlots)
    throw inputError(path, `There are ${given.length} slots; a prompt has at most ${mostSlots}`);
  const names = given.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    const fault = nameFault(name);
    if (fault) throw inputError(`${path}.${index}.name`, `The name of the slot ${fault}`);
    if (names.indexOf(name) !== index)
      throw inputError(`${path}.${index}.name`, `There are two slots {${name}}; give each its own name`);
  }
  const missing = [...used].find((name) => !names.includes(name));
  if (missing !== undefined)
    throw inputError(path, `A target has the slot {${missing}}, and this prompt does not; it has: ${listed(names)}`);
  return Object.fromEntries(given.map(({ name, value }) => [name, value]));
}

async function ofUpload(
  { id, prompt }: NonNullable<RowsInput['upload']>,
  used: ReadonlySet<string>,
  uploads: OwnRuns['uploads'],
): Promise<PromptSource> {
  const named = globalIdOf(String(id));
  const upload = named?.typename === 'Upload' ? await uploads.find(named.id) : undefined;
  if (!upload)
    throw inputError(
      'input.rows.upload.id',
      'There are no rows of this id; send them by `POST /rows`: those that nobody asks for are dropped after a day',
    );
  const path = 'input.rows.upload.prompt';
  const template = parseTemplate(prompt, path);
  const columns = new Set(upload.columns);
  requireKnownSlots(template, columns, path);
  const needed = template.slots.union(used);
  return {
    count: BigInt(upload.rowCount),
    exact: true,
    slots: columns,
    path: 'input.rows.upload.id',
    remedy: 'send fewer rows',
    prompts: async function* () {
      let row = 0;
      for await (const slots of uploads.rows(upload)) {
        row++;
        for (const name of needed)
          if (slotValue(slots, name) === undefined)
            throw inputError(
              path,
              `Row ${row} of the file has no value in the column {${name}}; send one for each row`,
            );
        yield { prompt: { text: fillTemplate(template, slots) }, slots };
      }
    },
  };
}
