/** For tests: a runner whose onnxruntime refuses every graph, in its own words. */
import { InferenceSession } from 'onnxruntime-node';

InferenceSession.create = () =>
  Promise.reject(new Error('External data path does not exist: "/home/someone/models/a/model.safetensors"'));
