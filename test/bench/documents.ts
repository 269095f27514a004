/** What is asked over the network. */

/** What a reader of token scores selects. */
export const tokensQuery = `query ($input: LogitAttributionInput!) {
  logitAttribution(input: $input) {
    ... on LogitAttribution { target { token { text } logit } tokens { token { text } score } bias audit { passed } }
    ... on Error { message }
  }
}`;

export const everythingQuery = `query ($input: LogitAttributionInput!) {
  logitAttribution(input: $input) {
    ... on LogitAttribution {
      tokens { score } bias
      layers {
        attention { direct total } mlp { direct total } residual
        heads { direct total sources { shape base64 } } neurons { neuron position direct total }
      }
      edges { layer head score weight }
    }
    ... on Error { message }
  }
}`;

export const circulationSubscription = `subscription ($input: CirculationInput!) {
  circulation(input: $input) {
    __typename
    ... on RunEvent { seq }
    ... on LayerCirculated {
      lens { token { text } probability }
      tracked { share norm throughAttention throughMlp heads { shape base64 } logitShare }
    }
    ... on Error { message }
  }
}`;
