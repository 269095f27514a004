/** Parts of blocks under the names that PyTorch modules give their tensors. */
import type { Attention, Linear, Mlp, Norm, OutputPart } from './specification.ts';

/** PyTorch's Linear. */
export function linear(name: string, biased: boolean, part?: OutputPart): Linear {
  return { weight: `${name}.weight`, bias: biased ? `${name}.bias` : undefined, layout: 'out,in', part };
}

/** GPT-2's Conv1D: a linear map that stores its weight transposed. */
export function conv1d(name: string, biased: boolean, part?: OutputPart): Linear {
  return { ...linear(name, biased, part), layout: 'in,out' };
}

export function layerNorm(name: string, epsilon: number): Norm {
  return { kind: 'LAYER_NORM', weight: `${name}.weight`, bias: `${name}.bias`, epsilon };
}

export function rmsNorm(name: string, epsilon: number): Norm {
  return { kind: 'RMS_NORM', weight: `${name}.weight`, epsilon };
}

/** `q_proj`, `k_proj`, `v_proj` and the output's map, which families name differently. */
export function projections(
  at: string,
  { biased, output }: { biased: boolean; output: Linear },
): Pick<Attention, 'query' | 'key' | 'value' | 'output'> {
  return {
    query: linear(`${at}.q_proj`, biased),
    key: linear(`${at}.k_proj`, biased),
    value: linear(`${at}.v_proj`, biased),
    output,
  };
}

/** `gate_proj`, `up_proj` and `down_proj`. */
export function gatedMlp(at: string, biased: boolean): Pick<Mlp, 'input' | 'gate' | 'output'> {
  return {
    input: linear(`${at}.up_proj`, biased),
    gate: linear(`${at}.gate_proj`, biased),
    output: linear(`${at}.down_proj`, biased),
  };
}
