/** A sweep as it is put together, before it is started. */
import { computed, signal } from '@preact/signals';
import type { AttributionMethod, SweepInput, TargetKind } from '../../../../client/generated/graphql.ts';
import { isUsable, models } from '../../../state/models.ts';
import { combinations, slotsIn, valuesIn } from './template.ts';
import type { Upload } from './upload.ts';

export interface TargetDraft {
  /** Texts, which may have slots; empty: the model's own choice, or none. */
  readonly token: string;
  readonly against: string;
}

/** Names that are one token each of most models. */
const names = ['Mary', 'John', 'Tom', 'Anna', 'James', 'Sarah'].join('\n');

/** At first, an example: who is given something. */
export const draft = {
  source: signal<'template' | 'file'>('template'),
  template: signal('When {a} and {b} went to the {place}, {b} gave a {object} to'),
  /** By slot, as they are written: one a line. */
  values: signal<Readonly<Record<string, string>>>({
    a: names,
    b: names,
    place: 'store\npark\noffice',
    object: 'drink\nbook',
  }),
  /** Slots that take different values within a prompt. */
  different: signal<readonly string[]>(['a', 'b']),
  /** How many of all combinations are drawn; undefined: all are taken. */
  sample: signal<number | undefined>(undefined),
  seed: signal(0),
  /** The file, once the server has it; and the prompt of each of its rows. */
  upload: signal<Upload | undefined>(undefined),
  filePrompt: signal('{prompt}'),
  targets: signal<readonly TargetDraft[]>([{ token: ' {a}', against: ' {b}' }]),
  kind: signal<TargetKind>('LOGIT'),
  methods: signal<readonly AttributionMethod[]>(['FROZEN']),
  /** Undefined: the first that there is. */
  models: signal<readonly string[] | undefined>(undefined),
  /** Whether what each layer and head contributes is kept with each run. */
  layers: signal(true),
} as const;

export const draftSlots = computed(() => slotsIn(draft.template.value));

export const draftModels = computed((): readonly string[] => {
  const usable = models.value?.filter(isUsable).map(({ name }) => name) ?? [];
  const first = usable.includes('sample') ? 'sample' : usable[0];
  return draft.models.value ?? (first === undefined ? [] : [first]);
});

/** Those of its slots that are to differ: of one alone nothing is. */
const different = computed(() => {
  const chosen = draft.different.value.filter((slot) => draftSlots.value.includes(slot));
  return chosen.length > 1 ? chosen : [];
});

const draftValues = computed(() => draftSlots.value.map((slot) => valuesIn(draft.values.value[slot] ?? '')));

/** Prompts that all combinations make. */
export const promptCount = computed(() =>
  combinations(
    draftValues.value,
    different.value.map((slot) => draftSlots.value.indexOf(slot)),
  ),
);

function fileObstacle(): string | undefined {
  if (!draft.upload.value) return 'Choose a file first.';
  return draft.filePrompt.value.trim() === '' ? 'Write what the prompt of a row is.' : undefined;
}

function templateObstacle(): string | undefined {
  const empty = draftSlots.value.find((_, place) => draftValues.value[place]?.length === 0);
  if (draft.template.value.trim() === '') return 'Write a prompt first.';
  if (empty !== undefined) return `The slot {${empty}} has no values yet.`;
  if (promptCount.value > 0) return undefined;
  return 'No combination has different values in all of the slots that are to differ.';
}

/** Why it cannot be asked for yet. */
export const draftObstacle = computed((): string | undefined => {
  const obstacle = draft.source.value === 'file' ? fileObstacle() : templateObstacle();
  if (obstacle !== undefined) return obstacle;
  if (draft.methods.value.length === 0) return 'Choose a method.';
  if (draftModels.value.length === 0) return 'Choose a model.';
  return undefined;
});

function draftRows(): SweepInput['rows'] {
  const { source, upload, filePrompt, template, sample, seed } = draft;
  if (source.value === 'file' && upload.value) return { upload: { id: upload.value.id, prompt: filePrompt.value } };
  return {
    template: {
      prompt: template.value,
      slots: draftSlots.value.map((name, place) => ({ name, values: draftValues.value[place] ?? [] })),
      ...(different.value.length > 0 && { different: [[...different.value]] }),
      ...(sample.value !== undefined && { sample: { count: sample.value, seed: seed.value } }),
    },
  };
}

/** As it is asked for; undefined as long as something is missing. */
export function sweepInput(experiment: string): SweepInput | undefined {
  if (draftObstacle.value) return undefined;
  const { targets, kind, methods, layers } = draft;
  return {
    experiment,
    rows: draftRows(),
    models: [...draftModels.value],
    operations: [
      {
        logitAttribution: {
          methods: [...methods.value],
          targets: targets.value.map(({ token, against }) => ({
            ...(token && { token }),
            ...(against && { against }),
            ...(kind.value !== 'LOGIT' && { kind: kind.value }),
          })),
          ...(layers.value && { selection: { layers: true } }),
        },
      },
    ],
  };
}

/** The same list with a value in it, or without. */
export function toggled<Value>(values: readonly Value[], value: Value, isIn: boolean): Value[] {
  const others = values.filter((other) => other !== value);
  return isIn ? [...others, value] : others;
}
