/** What one owner has stored is, to another, as if it were not there: by every field that takes an id or gives a list. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { encodeGlobalID } from '@pothos/plugin-relay';
import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLNamedInputType,
  getNamedType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { schema } from '../../src/api/schema.ts';
import { type Asking, askingAs, namedPrincipal } from '../support/as-owner.ts';
import { startTestServer, type TestServer } from './harness.ts';

/** What an owner has, by the ids and names that a client knows it by. */
interface Things {
  readonly run: string;
  readonly other: string;
  readonly attribution: string;
  readonly generation: string;
  readonly experiment: string;
  readonly experimentName: string;
  readonly sweep: string;
  readonly upload: string;
}

const nowhere = '00000000-0000-7000-8000-00000000000';
/** The ids of nothing. */
const ghost: Things = {
  run: encodeGlobalID('Run', `${nowhere}1`),
  other: encodeGlobalID('Run', `${nowhere}2`),
  attribution: encodeGlobalID('LogitAttribution', `${nowhere}1`),
  generation: encodeGlobalID('Generation', `${nowhere}3`),
  experiment: encodeGlobalID('Experiment', `${nowhere}4`),
  experimentName: 'nothing of this name',
  sweep: encodeGlobalID('Sweep', `${nowhere}5`),
  upload: encodeGlobalID('Upload', '00000000-0000-4000-8000-000000000000'),
};

const run = `__typename id kind status note contentHash owner mine shared storedBytes input { prompt { text } }
  experiment { id } experiments { id name description tags } events(first: 2) { edges { node { seq } } }`;
const experiment = `id name description tags runs { edges { node { ${run} } } } aggregates { count }
  sweeps { edges { node { id rowCount } } }`;
const sweep = `id rowCount done of: experiment { id name } rows { edges { node { index slots { name value } run { id } } } }`;
const failure = `__typename ... on Error { code message }`;
const payload = `${failure} ... on RunPayload { run { ${run} } }`;
const node = `__typename id ... on Run { ${run} } ... on Experiment { ${experiment} } ... on Sweep { ${sweep} }
  ... on LogitAttribution { run { id } tokens { score } } ... on Generation { run { id } text }`;
const sweepInput = (rows: object) => ({
  ...{ experiment: 'a sweep', rows, models: ['llama'] },
  operations: [{ logitAttribution: { targets: [{}] } }],
});

/** A way to ask for what is stored. */
interface Try {
  readonly query: string;
  readonly variables?: (things: Things) => object;
  /** Which inputs of its field it gives an id to: arguments, and fields of inputs as `Input.field`. */
  readonly ids?: readonly string[];
}

const byId = (query: string, of: (things: Things) => string, argument = 'id'): Try => ({
  query,
  variables: (things) => ({ id: of(things) }),
  ids: [argument],
});
const byInput = (query: string, variables: (things: Things) => object, ids: readonly string[]): Try => ({
  query,
  variables: (things) => ({ input: variables(things) }),
  ids,
});
const figures = { figures: [{ score: true }], resamples: 100 };
const groups = `query($input: CompareGroupsInput!) { compareGroups(input: $input) { ${failure}
  ... on GroupComparison { countA countB figures { a { runs mean } } } } }`;
const moved = `${failure} ... on ExperimentRunsPayload { count experiment { ${experiment} } }`;

/** By field, in an order in which what is changed comes last. */
const tries: Readonly<Record<string, readonly Try[]>> = {
  'Query.run': [byId(`query($id: ID!) { run(id: $id) { ${run} } }`, (of) => of.run)],
  'Query.node': (['run', 'attribution', 'generation', 'experiment', 'sweep', 'upload'] as const).map((what) =>
    byId(`query($id: ID!) { node(id: $id) { ${node} } }`, (of) => of[what]),
  ),
  'Query.nodes': [
    {
      query: `query($ids: [ID!]!) { nodes(ids: $ids) { ${node} } }`,
      variables: (of) => ({ ids: [of.run, of.experiment, of.sweep] }),
      ids: ['ids'],
    },
  ],
  'Query.sweep': [byId(`query($id: ID!) { sweep(id: $id) { ${sweep} } }`, (of) => of.sweep)],
  'Query.experiment': [
    {
      query: `query($name: String!) { experiment(name: $name) { ${experiment} } }`,
      variables: (of) => ({ name: of.experimentName }),
    },
  ],
  'Query.experiments': [{ query: `{ experiments(first: 3) { edges { cursor node { ${experiment} } } } }` }],
  'Query.runs': [
    { query: `{ runs(first: 5) { edges { cursor node { ${run} } } pageInfo { hasNextPage } } }` },
    { query: `{ runs(first: 5, filter: { prompt: "zanzibar" }) { edges { node { ${run} } } } }` },
    {
      query: `query($name: String!) { runs(first: 5, filter: { experiment: $name }) { edges { node { ${run} } } } }`,
      variables: (of) => ({ name: of.experimentName }),
    },
  ],
  'Query.runAggregates': [
    { query: '{ runAggregates { count audited byStatus { status count } byMethod { kind count meanScore } } }' },
    { query: '{ runAggregates(filter: { prompt: "zanzibar" }) { count byStatus { status count } } }' },
    {
      query: 'query($name: String!) { runAggregates(filter: { experiment: $name }) { count } }',
      variables: (of) => ({ name: of.experimentName }),
    },
  ],
  'Query.compareRuns': [
    {
      query: `query($a: ID!, $b: ID!) { compareRuns(a: $a, b: $b) { ${failure}
        ... on RunComparison { a { id } b { id } score { a b } tokens { scoreA a { text } } } } }`,
      variables: (of) => ({ a: of.run, b: of.other }),
      ids: ['a', 'b'],
    },
  ],
  'Query.compareGroups': [
    byInput(groups, (of) => ({ a: { runs: [of.run] }, ...figures }), ['RunGroupInput.runs']),
    byInput(groups, (of) => ({ a: { sweep: of.sweep }, ...figures }), ['RunGroupInput.sweep']),
    byInput(groups, () => ({ a: { slots: [{ name: 'place', value: 'Zanzibar' }] }, ...figures }), []),
    byInput(groups, () => ({ a: { filter: { statuses: ['COMPLETED'] } }, ...figures }), []),
  ],
  'Query.estimateSweep': [
    byInput(
      `query($input: SweepInput!) { estimateSweep(input: $input) { ${failure} ... on SweepEstimate { rows } } }`,
      (of) => sweepInput({ upload: { id: of.upload, prompt: '{place}' } }),
      ['SweepUploadInput.id'],
    ),
  ],
  'Subscription.runEvents': [
    byId(
      `subscription($id: ID!) { runEvents(runId: $id) { ${failure} ... on RunEvent { seq run { id } } } }`,
      (of) => of.run,
      'runId',
    ),
  ],
  'Subscription.sweepProgress': [
    byId(
      `subscription($id: ID!) { sweepProgress(id: $id) { ${failure} ... on SweepProgress { sweep { ${sweep} } } } }`,
      (of) => of.sweep,
    ),
  ],
  'Mutation.repeatRun': [byId(`mutation($id: ID!) { repeatRun(id: $id) { ${payload} } }`, (of) => of.run)],
  'Mutation.startSweep': [
    byInput(
      `mutation($input: SweepInput!) { startSweep(input: $input) { ${failure} ... on SweepPayload { sweep { id } } } }`,
      (of) => sweepInput({ upload: { id: of.upload, prompt: '{place}' } }),
      ['SweepUploadInput.id'],
    ),
  ],
  'Mutation.updateRun': [
    byInput(
      `mutation($input: UpdateRunInput!) { updateRun(input: $input) { ${payload} } }`,
      (of) => ({ id: of.run, pinned: true }),
      ['UpdateRunInput.id'],
    ),
  ],
  'Mutation.shareRun': [byId(`mutation($id: ID!) { shareRun(id: $id) { ${payload} } }`, (of) => of.run)],
  'Mutation.unshareRun': [byId(`mutation($id: ID!) { unshareRun(id: $id) { ${payload} } }`, (of) => of.run)],
  'Mutation.addRunsToExperiment': [
    byInput(
      `mutation($input: ExperimentRunsInput!) { addRunsToExperiment(input: $input) { ${moved} } }`,
      (of) => ({ id: of.experiment, runs: [of.run, of.other] }),
      ['ExperimentRunsInput.id', 'ExperimentRunsInput.runs'],
    ),
  ],
  'Mutation.removeRunsFromExperiment': [
    byInput(
      `mutation($input: ExperimentRunsInput!) { removeRunsFromExperiment(input: $input) { ${moved} } }`,
      (of) => ({ id: of.experiment, runs: [of.other] }),
      ['ExperimentRunsInput.id', 'ExperimentRunsInput.runs'],
    ),
  ],
  'Mutation.updateExperiment': [
    byInput(
      `mutation($input: UpdateExperimentInput!) { updateExperiment(input: $input) { ${failure}
        ... on ExperimentPayload { experiment { ${experiment} } } } }`,
      (of) => ({ id: of.experiment, tags: ['mine'] }),
      ['UpdateExperimentInput.id'],
    ),
  ],
  'Mutation.cancelSweep': [byId(`mutation($id: ID!) { cancelSweep(id: $id) { ${failure} } }`, (of) => of.sweep)],
  'Mutation.resumeSweep': [byId(`mutation($id: ID!) { resumeSweep(id: $id) { ${failure} } }`, (of) => of.sweep)],
  'Mutation.cancelRun': [byId(`mutation($id: ID!) { cancelRun(id: $id) { ${payload} } }`, (of) => of.run)],
  'Mutation.deleteRun': [byId(`mutation($id: ID!) { deleteRun(id: $id) { ${payload} } }`, (of) => of.run)],
  'Mutation.deleteExperiment': [
    byId(
      `mutation($id: ID!) { deleteExperiment(id: $id) { ${failure} ... on ExperimentPayload { experiment { name } } } }`,
      (of) => of.experiment,
    ),
  ],
};

/** Fields that ask a model, or tell of models, of who asks or, to who manages, of the database, and reach nothing of anybody's; `runChanges` and what starts runs have tests of their own. */
const others = [
  ...['activations', 'circuits', 'citedContext', 'estimate', 'lens', 'logitAttribution', 'logitAttributions'],
  ...['me', 'storage', 'model', 'models', 'targetCandidates', 'workers'],
].map((name) => `Query.${name}`);
others.push(
  ...['circulation', 'generation', 'logitAttribution', 'modelChanges', 'runChanges', 'workersChanged'].map(
    (name) => `Subscription.${name}`,
  ),
);
others.push(
  ...['createExperiment', 'startCirculation', 'startGeneration', 'startLogitAttribution', 'startLogitAttributions'].map(
    (name) => `Mutation.${name}`,
  ),
);

/** Where in what a field is given an id may stand. */
function idsIn(args: readonly (GraphQLArgument | GraphQLInputField)[], of = ''): string[] {
  const seen = new Set<GraphQLNamedInputType>();
  const walk = (fields: readonly (GraphQLArgument | GraphQLInputField)[], of: string): string[] =>
    fields.flatMap((field) => {
      const type = getNamedType(field.type);
      if (type.name === 'ID') return [`${of}${field.name}`];
      if (!isInputObjectType(type) || seen.has(type)) return [];
      seen.add(type);
      return walk(Object.values(type.getFields()), `${type.name}.`);
    });
  return walk(args, of);
}

const prompt = 'Zanzibar lies off the coast and Mary went to';

/** Stores some of everything. */
async function store(asking: Asking): Promise<Things> {
  const experimentName = 'the annals';
  const input = { model: 'sample', prompt: { text: prompt } };
  const started = async (query: string) => {
    const { answer } = await asking.data<{ answer: { run: { id: string } } }>(query, { input, experimentName });
    assert.ok(answer.run, JSON.stringify(answer));
    return answer.run.id;
  };
  const attributed = (more: string) =>
    started(`query($input: LogitAttributionInput!, $experimentName: String) {
      answer: logitAttribution(input: $input, experiment: $experimentName${more}) {
        ... on LogitAttribution { run { id } tokens { score } } ... on Error { message } } }`);
  const run = await attributed('');
  const other = await (async () => {
    const { answer } = await asking.data<{ answer: { run: { id: string } } }>(
      `query($input: LogitAttributionInput!) { answer: logitAttribution(input: $input) {
        ... on LogitAttribution { run { id } } } }`,
      { input: { ...input, method: 'GRADIENT' } },
    );
    return answer.run.id;
  })();
  const generated = await asking.told(
    `subscription($input: GenerationInput!) { generation(input: $input) { ... on RunEvent { run { id } } } }`,
    { input: { ...input, maxTokens: 2 } },
  );
  const generation = /"run":\{"id":"([^"]+)"/.exec(generated)?.[1] ?? '';
  await asking.data('mutation($input: UpdateRunInput!) { updateRun(input: $input) { __typename } }', {
    input: { id: run, note: 'what Ann thinks' },
  });
  const rows = await asking.fetch('/rows?name=places.csv', {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: 'place\nZanzibar\n',
  });
  const { id: upload } = (await rows.json()) as { id: string };
  const { startSweep } = await asking.data<{ startSweep: { sweep: { id: string; experiment: { id: string } } } }>(
    `mutation($input: SweepInput!) { startSweep(input: $input) { ... on SweepPayload { sweep { id experiment { id } } }
      ... on Error { message } } }`,
    {
      input: {
        ...sweepInput({ upload: { id: upload, prompt: '{place} is' } }),
        experiment: experimentName,
        models: ['sample'],
      },
    },
  );
  assert.ok(startSweep.sweep, JSON.stringify(startSweep));
  const { id: sweep, experiment } = startSweep.sweep;
  await asking.told(`subscription($id: ID!) { sweepProgress(id: $id) { __typename } }`, { id: sweep });
  const idIn = (type: string, of: string) => encodeGlobalID(type, atob(of).split(':').slice(1).join(':'));
  return {
    ...{ run, other, experimentName, sweep, upload, experiment: experiment.id },
    attribution: idIn('LogitAttribution', run),
    generation: idIn('Generation', generation),
  };
}

/** What was told, less what whoever asked had said themselves. */
function unsaid(told: string, things: Things): string {
  let text = told;
  for (const [name, said] of Object.entries(things)) {
    const raw = name === 'experimentName' ? said : atob(said).split(':').slice(1).join(':');
    text = text.replaceAll(said, `<${name}>`).replaceAll(raw, `<${name}>`);
  }
  return text;
}

describe('what somebody else has stored', () => {
  let server: TestServer;
  let ann: Asking;
  let bob: Asking;
  let ofAnn: Things;
  /** What Bob was told before there was anything, of what is not there. */
  const before_ = new Map<Try, string>();
  const ask = (asking: Asking, { query, variables }: Try, things: Things) => asking.told(query, variables?.(things));
  before(async () => {
    server = await startTestServer({}, undefined, undefined, namedPrincipal);
    [ann, bob] = [askingAs(server.url, 'ann'), askingAs(server.url, 'bob')];
    for (const one of Object.values(tries).flat()) before_.set(one, unsaid(await ask(bob, one, ghost), ghost));
    ofAnn = await store(ann);
  });
  after(() => server.close());

  it('has a try for every field that reaches what is stored, and for every id that one takes', () => {
    const roots = {
      Query: schema.getQueryType(),
      Mutation: schema.getMutationType(),
      Subscription: schema.getSubscriptionType(),
    };
    for (const [root, type] of Object.entries(roots))
      for (const field of Object.values(type?.getFields() ?? {})) {
        const name = `${root}.${field.name}`;
        const ids = idsIn(field.args);
        const known = tries[name] ?? (others.includes(name) ? [] : undefined);
        assert.ok(known, `${name} is not among the fields that are tried`);
        const tried = new Set(known.flatMap((one) => one.ids ?? []));
        assert.deepEqual(
          ids.filter((id) => !tried.has(id)),
          [],
          `${name} takes ids that are not tried`,
        );
      }
    for (const type of Object.values(schema.getTypeMap()))
      if ((isObjectType(type) || isInterfaceType(type)) && !Object.values(roots).includes(type as never))
        for (const field of Object.values(type.getFields()))
          assert.deepEqual(idsIn(field.args), [], `${type.name}.${field.name} takes an id, and no try gives it one`);
  });

  for (const [name, some] of Object.entries(tries))
    it(`is as if it were not there, by ${name}`, async () => {
      const secrets = [
        ...Object.values(ofAnn),
        ...Object.values(ofAnn).map((id) => id.slice(0, 12)),
        'Zanzibar',
        'what Ann',
      ];
      for (const one of some) {
        const said = await ask(bob, one, ofAnn);
        const told = unsaid(said, ofAnn);
        assert.equal(told, before_.get(one), one.query);
        const sent = JSON.stringify(one.variables?.(ofAnn) ?? {});
        for (const secret of secrets)
          if (!sent.includes(secret)) assert.ok(!said.includes(secret), `${secret} in ${said}`);
      }
    });

  it('is read and changed by whoever stored it: each of these fields tells them something else', async () => {
    const alike: string[] = [];
    for (const one of Object.values(tries).flat()) {
      const told = unsaid(await ask(ann, one, ofAnn), ofAnn);
      if (told === before_.get(one) || /GRAPHQL_VALIDATION_FAILED|QUERY_COMPLEXITY/.test(told))
        alike.push(`${one.query} ${told}`);
    }
    // An upload is found by what takes its rows alone.
    assert.deepEqual(
      alike.filter((one) => !one.includes('{"data":{"node":null}}')),
      [],
    );
  });
});
