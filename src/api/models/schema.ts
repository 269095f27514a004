/** Models in GraphQL. */
import { encodeGlobalID } from '@pothos/plugin-relay';
import { architectures } from '../../architecture/registry.ts';
import { traitsOf } from '../../architecture/traits.ts';
import type { ChatMessage, PromptTokens } from '../../checkpoint/messages.ts';
import type { TensorEntry } from '../../checkpoint/types.ts';
import { inputError } from '../../errors.ts';
import type { CatalogueModel } from '../../inference/catalogue.ts';
import { builder } from '../builder.ts';
import { orGraphQLError } from '../failures.ts';
import { globalIdOf } from '../global-id.ts';
import { connectionTo, pageComplexity, pageOf, pageSizes, readFrom } from '../paging.ts';
import { readApart } from '../selected-fields.ts';
import { type Entry, entriesOf, entryOf, isBroken, ModelEntry } from './model-entry.ts';
import { Dtype, ModelTraits } from './model-traits.ts';
import { promptOf } from './prompt.ts';
import { ChatMessageInput, messagesDescription, Token, tokensIn } from './token.ts';

/** Characters that `tokenize` takes. */
const longestText = 16_384;

const Architecture = builder.enumType('Architecture', {
  description: 'The model families that are supported.',
  values: architectures.map(({ name }) => name),
});
export const ModelWeights = builder.enumType('ModelWeights', {
  description: 'How the weights of a loaded model are held; answers agree to rounding.',
  values: {
    LEAN: {
      description:
        'As they lie in the file, in memory that all processes share; those in half precision are converted in every pass.',
    },
    PACKED: { description: 'In float32 copies, which short prompts are faster with.' },
  } as const,
});

export const LoadProgress = builder
  .objectRef<{ readonly loaded: number; readonly total: number }>('LoadProgress')
  .implement({
    description: 'How far the loading of a model is.',
    fields: (t) => ({
      loaded: t.exposeInt('loaded', { description: 'Graphs in memory so far.' }),
      total: t.exposeInt('total', { description: 'Graphs that the request needs.' }),
    }),
  });

export const Model = builder.objectRef<CatalogueModel>('Model');
builder.node(Model, {
  description: "A checkpoint in the server's models folder.",
  interfaces: [ModelEntry],
  extensions: readApart,
  id: { resolve: ({ name }) => name, description: 'Of the model.' },
  isTypeOf: (value) => typeof value === 'object' && value !== null && 'specification' in value,
  loadOne: async (name, { catalogue }) => {
    const entry = await entryOf(catalogue, name);
    return entry && !isBroken(entry) ? entry : null;
  },
  fields: (t) => ({
    architecture: t.field({
      type: Architecture,
      description: 'Its family.',
      resolve: ({ specification }) => specification.architecture,
    }),
    revision: t.string({
      nullable: true,
      description:
        "SHA-256 of configuration, tokenizer and weights: part of every run's content hash. Null only beside an error, where its files cannot be read any more.",
      resolve: ({ checkpoint }) => orGraphQLError(() => checkpoint.revision()),
    }),
    layerCount: t.int({ description: 'Blocks.', resolve: ({ specification }) => specification.layerCount }),
    headCount: t.int({
      description: 'Query heads of each block.',
      resolve: ({ specification }) => specification.headCount,
    }),
    keyValueHeadCount: t.int({
      description: 'Key and value heads of each block; fewer than `headCount` where groups of heads share them.',
      resolve: ({ specification }) => specification.keyValueHeadCount,
    }),
    headWidth: t.int({
      description: 'Numbers in a query, key or value of one head.',
      resolve: ({ specification }) => specification.headWidth,
    }),
    width: t.int({
      description: 'Numbers in the residual stream at one position.',
      resolve: ({ specification }) => specification.width,
    }),
    vocabularySize: t.int({
      description: 'Tokens that the model tells apart.',
      resolve: ({ specification }) => specification.vocabularySize,
    }),
    contextLength: t.int({
      description: 'The longest prompt, in tokens.',
      resolve: ({ specification }) => specification.contextLength,
    }),
    parameterCount: t.float({
      description: 'Numbers in all weights together.',
      resolve: ({ checkpoint }) => parameterCount(checkpoint.tensors),
    }),
    dtypes: t.field({
      type: [Dtype],
      description: 'How the weights are stored: several types where tensors differ, the one with most numbers first.',
      resolve: ({ checkpoint }) => dtypesOf(checkpoint.tensors),
    }),
    traits: t.field({
      type: ModelTraits,
      description: 'What the architecture does, as far as it matters for reading its figures.',
      resolve: ({ specification }) => traitsOf(specification),
    }),
    progress: t.field({
      type: LoadProgress,
      nullable: true,
      description: 'While it loads, how far it is; null otherwise.',
      resolve: ({ checkpoint }, _, { engine }) => engine.stateOf(checkpoint).progress,
    }),
    weights: t.field({
      type: ModelWeights,
      nullable: true,
      description: 'How its weights are in memory; null while they are not.',
      resolve: ({ checkpoint }, _, { engine }) => engine.stateOf(checkpoint).weights,
    }),
    hasChatTemplate: t.boolean({
      description:
        'Whether its checkpoint says how messages of a chat are written: whether a prompt can be `messages`.',
      resolve: ({ checkpoint }) => checkpoint.chatTemplate !== undefined,
    }),
    tokenize: t.field({
      type: [Token],
      nullable: true,
      description:
        'How the model reads a text, or messages: its tokens, special ones as the tokenizer or the chat template adds them. Null only beside an error, for what is too long or cannot be written.',
      args: {
        text: t.arg.string({
          description: `Any text of at most ${longestText} characters. Exactly one of \`text\` and \`messages\`.`,
        }),
        messages: t.arg({
          type: [ChatMessageInput],
          description: `${messagesDescription} At most ${longestText} characters together.`,
        }),
      },
      // A token may be a single byte; splitting costs about what one field of all tokens does.
      complexity: (asked) => ({ field: 1 + bytesOf(asked), multiplier: Math.max(bytesOf(asked), 1) }),
      resolve: (model, asked) =>
        orGraphQLError(async () => {
          const { tokenizer } = model.checkpoint;
          const read = (id: number) => tokenizer.token(id);
          return tokensIn(tokenized(model, asked), read);
        }),
    }),
  }),
});

builder.queryFields((t) => ({
  models: t.connection(
    {
      type: ModelEntry,
      nullable: true,
      description:
        'What the models folder holds, by name, with what is wrong where something is; new models appear without a restart. Null with an error of its own for a page that there is none.',
      complexity: (args) => pageComplexity(args),
      resolve: async (_, args, { catalogue }) => {
        const page = pageOf(args, paging);
        return connectionTo(page, paging, readFrom(await entriesOf(catalogue), byName));
      },
    },
    { name: 'ModelConnection', description: 'A page of models.' },
    { name: 'ModelEdge', description: 'A model in a page.' },
  ),
  model: t.field({
    type: ModelEntry,
    nullable: true,
    description:
      'The model of this name: a `BrokenModel` with what is wrong where it cannot be used; null when there is none.',
    args: { name: t.arg.string({ required: true, description: 'As in `ModelEntry.name`.' }) },
    resolve: (_, { name }, { catalogue }) => entryOf(catalogue, name),
  }),
}));

/** A cursor is the id of what it points to; the place is the name. */
const paging = {
  ...pageSizes,
  cursorOf: (entry: Entry) => encodeGlobalID(isBroken(entry) ? 'BrokenModel' : 'Model', entry.name),
  placeOf: (cursor: string) => {
    const named = globalIdOf(cursor);
    return named && ['Model', 'BrokenModel'].includes(named.typename) ? named.id : undefined;
  },
};

function byName({ name }: Entry, other: string): number {
  return name === other ? 0 : name < other ? -1 : 1;
}

interface ToTokenize {
  readonly text?: string | null | undefined;
  readonly messages?: readonly ChatMessage[] | null | undefined;
}

/** Of any text, also one that the model cannot read as a prompt. @throws TributaryError INPUT, PROMPT */
function tokenized(model: CatalogueModel, { text, messages }: ToTokenize): PromptTokens {
  if (typeof text === 'string' && !messages) {
    requireShort('text', text.length);
    return { inputIds: model.checkpoint.tokenizer.encode(text) };
  }
  if (typeof text === 'string' || !messages)
    throw inputError('text', '`tokenize` takes exactly one of `text` and `messages`');
  requireShort(
    'messages',
    messages.reduce((sum, { role, content }) => sum + role.length + content.length, 0),
  );
  return promptOf(model, { messages });
}

/** What a chat template writes around a message is short. */
function bytesOf({ text, messages }: ToTokenize): number {
  const contents = (messages ?? []).map(({ role, content }) => 64 + Buffer.byteLength(role + content));
  return contents.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(text ?? ''));
}

function requireShort(field: 'text' | 'messages', length: number): void {
  if (length <= longestText) return;
  const subject = field === 'text' ? 'The text has' : 'The messages have';
  throw inputError(field, `${subject} ${length} characters; \`tokenize\` takes at most ${longestText}`);
}

/** The types of the weights, that of most numbers first. */
function dtypesOf(tensors: ReadonlyMap<string, TensorEntry>): TensorEntry['dtype'][] {
  const counts = new Map<TensorEntry['dtype'], number>();
  for (const { dtype, shape } of tensors.values()) counts.set(dtype, (counts.get(dtype) ?? 0) + sizeOf(shape));
  return Array.from(counts)
    .sort(([a, most], [b, other]) => other - most || (a < b ? -1 : 1))
    .map(([dtype]) => dtype);
}

function parameterCount(tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>): number {
  return tensors.values().reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
