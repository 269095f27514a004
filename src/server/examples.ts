/** What GraphiQL opens with: documents that run as they stand on the sample model. */

// The first holds its question itself: GraphiQL opens its first tab without the variables that it was given for it.
const attribution = `# Why does the model say " Mary" rather than " John"?
# Run it with ▶. Hover over any field for what it means. The other examples have their question below, under Variables.
query WhyMary {
  logitAttribution(input: {
    model: "sample"
    prompt: { text: "When Mary and John went to the store, John gave a drink to" }
    target: { token: { text: " Mary" }, against: { text: " John" } }
  }) {
    ... on LogitAttribution {
      target { token { text } logit probability rank }
      tokens { token { text } score }
      bias
      audit { logit sum gap passed }
      edges(first: 5) { layer head from { text } to { text } weight score }
    }
    ... on Error { message }
  }
}
`;

const circulation = `# Where does the influence of " Mary" go? One event a block, each sent as the forward pass has passed it.
subscription FollowMary($input: CirculationInput!) {
  circulation(input: $input) {
    ... on CirculationStarted { tokens { position text } }
    ... on LayerCirculated {
      layer
      elapsed
      tracked { token { text } share logitShare }
      lens { token { text } probability }
    }
    ... on CirculationCompleted {
      target { token { text } logit }
      tracked { token { text } score }
      audit { logit sum deviation passed }
    }
    ... on RunFailed { error { message } }
    ... on Error { message }
  }
}
`;

const paths = `# On which ways does the prompt reach the logit? Straight, through one head or MLP, or through two.
query Paths($input: LogitAttributionInput!) {
  logitAttribution(input: $input) {
    ... on LogitAttribution {
      target { token { text } against { text } }
      paths(first: 5) {
        orders { order sum strongest { components { layer head } score } }
        longer
      }
      bias
      audit { logit passed }
    }
    ... on Error { message }
  }
}
`;

const models = `# Which models are there, and what has been run?
query Models {
  models {
    edges { node { name status error ... on Model { architecture layerCount headCount width parameterCount dtypes } } }
  }
  runs(first: 5) { edges { node { id kind status createdAt input { prompt { text } } } } }
}
`;

// Without variables, so that it can be pasted anywhere.
const loading = `# Which models are in memory? Told at once, then whenever one loads, is ready, is released, comes or goes. Leave it running,
# and ask something in another tab.
subscription Loading {
  modelChanges {
    ... on ModelChanges {
      changed { name status error ... on Model { progress { loaded total } weights } }
      removed
    }
    ... on Error { message }
  }
}
`;

const following = `# The list of runs as it changes. The first event is empty: from then on nothing is missed.
subscription Following {
  runChanges(filter: { model: "sample" }) {
    ... on RunChanges {
      changed { id kind status eventCount input { prompt { text } } }
      removed
      missed
    }
    ... on Error { message }
  }
}
`;

const estimate = `# What would it take, and how long would it wait? Nothing is loaded or run for it.
query WhatItTakes {
  estimate(input: {
    logitAttribution: {
      input: {
        model: "sample"
        prompt: { text: "When Mary and John went to the store, John gave a drink to" }
        method: OCCLUSION
      }
      selection: { agreement: true }
    }
  }) {
    ... on Estimate { tokens memory queueTime time totalTime withinBudget }
    ... on Error { message }
  }
}
`;

const question = { model: 'sample', prompt: { text: 'When Mary and John went to the store, John gave a drink to' } };

export const exampleTabs = [
  { query: attribution },
  {
    query: circulation,
    variables: written({ input: { ...question, track: [1], target: { token: { text: ' Mary' } } } }),
  },
  {
    query: paths,
    variables: written({ input: { ...question, target: { token: { text: ' Mary' }, against: { text: ' John' } } } }),
  },
  { query: models },
  { query: loading },
  { query: following },
  { query: estimate },
];

function written(variables: object): string {
  return JSON.stringify(variables, null, 2);
}
