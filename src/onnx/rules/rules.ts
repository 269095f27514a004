/** How a reverse pass goes through what is not linear. A rule set is one choice for each such place. */
export interface Rules {
  /** HELD: the norm's scale is a constant. DERIVATIVE: it depends on what is normed. */
  readonly norm: 'HELD' | 'DERIVATIVE';
  /**
   * HELD: attention patterns are constants, nothing flows through queries and keys. DERIVATIVE: through pattern, softmax,
   * queries and keys by the product rule. HALVED: the same, with half of the gradient to each factor of a product.
   */
  readonly pattern: 'HELD' | 'DERIVATIVE' | 'HALVED';
  /** GATE: φ(u) = u ⊙ κ with κ = φ(u)/u a constant. DERIVATIVE: φ′(u). */
  readonly activation: 'GATE' | 'DERIVATIVE';
  /**
   * The product of a gated MLP. HELD: its gate side φ(W_gate y) is a constant. BOTH: the product rule, the gate side by
   * `activation`. HALVED: the same, with half of the gradient to each side.
   */
  readonly product: 'HELD' | 'BOTH' | 'HALVED';
}
