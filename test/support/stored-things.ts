/** For tests: some of everything that an owner may have stored, and every way to ask for it. */
import assert from 'node:assert/strict';
import { encodeGlobalID } from '@pothos/plugin-relay';
import type { Asking } from './as-owner.ts';

/** What an owner has, by the ids and names that a client knows it by. */
export interface Things {
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
export const ghost: Things = {
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
export interface Try {
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
export const tries: Readonly<Record<string, readonly Try[]>> = {
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

/** What is written in them. */
export interface Words {
  readonly prompt: string;
  readonly note: string;
  readonly experiment: string;
  /** In a file of rows. */
  readonly place: string;
}

const ofAnn: Words = {
  prompt: 'Zanzibar lies off the coast and Mary went to',
  note: 'what Ann thinks',
  experiment: 'the annals',
  place: 'Zanzibar',
};

/** Stores some of everything. */
export async function storeThings(asking: Asking, words = ofAnn): Promise<Things> {
  const { prompt, note, experiment: experimentName, place } = words;
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
    input: { id: run, note },
  });
  const rows = await asking.fetch('/rows?name=places.csv', {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: `place\n${place}\n`,
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
export function unsaid(told: string, things: Things): string {
  let text = told;
  for (const [name, said] of Object.entries(things)) {
    const raw = name === 'experimentName' ? said : atob(said).split(':').slice(1).join(':');
    text = text.replaceAll(said, `<${name}>`).replaceAll(raw, `<${name}>`);
  }
  return text;
}
