/** Small ONNX files as others might send them, and wrong ones. */
import { encodeModel, type OnnxValue } from '../../../export/onnx/encode.ts';
import { GraphBuilder } from '../../../export/onnx/graph.ts';
import { intField, joinBytes, messageField, packedIntField, stringField } from '../../../export/onnx/protobuf.ts';

const PRODUCER = { graphName: 'network', producerName: 'elsewhere', producerVersion: '2.0', metadata: {} };

/** Class 1 where the value lies above a threshold: `image` [1,1,D,H,W] → `answer` [1,2,D,H,W], free where a size is a name. */
export function thresholdModel(threshold: number, dims: readonly (number | string)[] = ['d', 'h', 'w']): Uint8Array {
  const graph = new GraphBuilder();
  const above = graph.add('Sub', 'above', ['image', graph.scalar('threshold', threshold)]);
  const below = graph.add('Neg', 'below', [above]);
  graph.add('Concat', 'answer', [below, above], { axis: 1 });
  const value = (name: string, channels: number): OnnxValue => ({ name, elementType: 'float32', dims: [1, channels, ...dims] });
  const { nodes, initializers } = graph;
  return encodeModel({ ...PRODUCER, nodes, initializers, inputs: [value('image', 1)], outputs: [value('answer', 2)] });
}

/** A file of these versions with an empty graph but one weight, which may lie in another file. */
export function bareModel({
  irVersion = 8,
  opset = 17,
  domain,
  external,
}: {
  readonly irVersion?: number;
  readonly opset?: number;
  readonly domain?: string;
  readonly external?: string;
}): Uint8Array {
  const place = external
    ? [...messageField(13, [...stringField(1, 'location'), ...stringField(2, external)]), ...intField(14, 1)]
    : [];
  const weight = [...packedIntField(1, [3, 4]), ...intField(2, 1), ...stringField(8, 'w'), ...place];
  const value = (name: string) => [...stringField(1, name), ...messageField(2, messageField(1, intField(1, 1)))];
  return joinBytes([
    ...intField(1, irVersion),
    ...messageField(7, [
      ...messageField(5, weight),
      ...messageField(11, value('w')),
      ...messageField(11, value('image')),
      ...messageField(12, value('answer')),
    ]),
    ...messageField(8, intField(2, opset)),
    ...(domain ? messageField(8, [...stringField(1, domain), ...intField(2, 1)]) : []),
  ]);
}

/** A description that fits {@link thresholdModel}. */
export function description(network: object = {}): object {
  return {
    name: 'above-threshold',
    madeBy: 'a test',
    trainedOn: 'nothing',
    labels: [{ index: 1, name: 'organ' }],
    convention: 'nnunet',
    network: {
      grid: [{ kind: 'native' }, { kind: 'native' }, { kind: 'native' }],
      channels: [{ scheme: 'as-stored' }],
      tile: { kind: 'solid', sizeVoxels: [8, 48, 48] },
      answer: { kind: 'classes', activation: 'softmax', activatedOn: 'scan', labels: [0, 1] },
      ...network,
    },
  };
}
