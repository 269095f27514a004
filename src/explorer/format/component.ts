/** Parts of the model by their names. */

/** `2.1` for a head, `MLP 2`. */
export function componentName(layer: number, head: number | null): string {
  return head === null ? `MLP ${layer}` : `${layer}.${head}`;
}

/** `head 1 of layer 2`, `the MLP of layer 2`. */
export function componentWords(layer: number, head: number | null): string {
  return head === null ? `the MLP of layer ${layer}` : `head ${head} of layer ${layer}`;
}
