/** What GraphiQL opens with: documents that run as they stand on the sample model. */

// Each holds its question itself: GraphiQL opens its first tab without the variables that it was given for it.
const attribution = `# Why does the model say " Mary" rather than " John"?
# Run it with ▶. Hover over any field for what it means.
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
subscription FollowMary {
  circulation(input: {
    model: "sample"
    prompt: { text: "When Mary and John went to the store, John gave a drink to" }
    track: [1]
    target: { token: { text: " Mary" } }
  }) {
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

const live = `# The same question live: what each part writes to the logit on the way up, what passes through it on the way down.
subscription WhyMaryLive {
  logitAttribution(input: {
    model: "sample"
    prompt: { text: "When Mary and John went to the store, John gave a drink to" }
    target: { token: { text: " Mary" }, against: { text: " John" } }
  }) {
    ... on AttributionStarted { tokens { text } layerCount unit total }
    ... on LayerPassed { layer elapsed provisional { attention mlp heads } lens(first: 3) { token { text } probability } }
    ... on LayerAttributed { layer attention { direct total } mlp { direct total } heads { head direct total } residual biasSoFar }
    ... on AttributionCompleted {
      target { token { text } logit }
      normScale
      tokens { token { text } score }
      bias
      audit { logit sum gap passed }
      attribution { edges(first: 5) { layer head from { text } to { text } weight score } }
    }
    ... on RunFailed { error { message } }
    ... on Error { message }
  }
}
`;

const paths = `# On which ways does the prompt reach the logit? Straight, through one head or MLP, or through two.
query Paths {
  logitAttribution(input: {
    model: "sample"
    prompt: { text: "When Mary and John went to the store, John gave a drink to" }
    target: { token: { text: " Mary" }, against: { text: " John" } }
  }) {
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

const inside = `# What would the model say at each depth, and where does a head look?
query Inside {
  lens(input: {
    model: "sample"
    prompt: { text: "When Mary and John went to the store, John gave a drink to" }
    tokens: [{ text: " Mary" }, { text: " John" }]
  }) {
    ... on Lens {
      layers {
        layer
        afterAttention { top(first: 3) { token { text } probability } }
        afterBlock { entropy top(first: 3) { token { text } probability } tokens { token { text } logit rank } }
      }
    }
    ... on Error { message }
  }
  activations(input: {
    model: "sample"
    prompt: { text: "When Mary and John went to the store, John gave a drink to" }
    layers: [2]
    heads: [2]
    positions: [-1]
  }) {
    ... on Activations {
      tokens { text }
      layers { layer pattern { shape values } residualAfter { shape base64 } }
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

export const exampleTabs = [attribution, live, circulation, paths, inside, models, loading, following, estimate].map(
  (query) => ({ query }),
);
