/** The one door to onnxruntime. It is opened with the first session: a process that only counts never loads it. */
import type { InferenceSession } from 'onnxruntime-node';

export interface SessionOptions {
  /** Where the weights' files are. */
  readonly folder: string;
  /** That onnxruntime uses within the session. */
  readonly threads: number;
  /** Whether onnxruntime keeps a copy of the weights in the order that its matrix products like best. */
  readonly packed: boolean;
  /** Whether onnxruntime computes what is constant once, and keeps it: weights in half precision as float32. Default: yes. */
  readonly folded?: boolean;
  /** For a graph that runs once: folding what is constant would be most of its work, done with one thread. */
  readonly once?: boolean;
  /**
   * Whether threads wait for their next piece of work awake while the session runs. Of hundreds of small products in a row,
   * each of which would have to wake them: one token by 30 blocks of width 576 takes 28 ms in place of 41 on two quiet cores,
   * and 158 in place of 63 where four times as many threads want them.
   */
  readonly awake?: boolean;
}

/** @param graph its bytes @throws Error as onnxruntime's */
export async function openSession(
  graph: Uint8Array,
  { folder, threads, packed, folded = true, once = false, awake = false }: SessionOptions,
): Promise<InferenceSession> {
  // Its builds of 1.30 keep an id of the machine in the home folder, and report sessions to their maker.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  const { InferenceSession } = await import('onnxruntime-node');
  return InferenceSession.create(graph, {
    intraOpNumThreads: threads,
    executionMode: 'sequential',
    // With arenas, every session would keep the memory of its largest prompt.
    enableCpuMemArena: false,
    // It would ask for all of a run's temporaries as one piece, as large as no free one is, and hold one for the weights.
    enableMemPattern: false,
    logSeverityLevel: 3,
    ...(once && { graphOptimizationLevel: 'disabled' }),
    extra: {
      session: {
        model_external_initializers_file_folder_path: folder,
        intra_op: { allow_spinning: awake ? '1' : '0' },
        force_spinning_stop: '1',
        disable_prepacking: packed ? '0' : '1',
      },
      ...(!folded && { optimization: { disable_specified_optimizers: 'ConstantFolding' } }),
    },
  });
}
