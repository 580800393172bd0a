import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../../core/errors.ts';
import { chooseValues, requireFit, requireRunnable } from '../../../export/imported/check-network.ts';
import { parseDescription } from '../../../export/imported/description.ts';
import { readModelFacts } from '../../../export/onnx/model-facts.ts';
import { bareModel, description, thresholdModel } from './onnx-models.ts';

const MODELS = path.resolve(import.meta.dirname, '../../../models');

function check(onnx: Uint8Array, described: object = description()): void {
  const facts = readModelFacts(onnx);
  requireRunnable(facts);
  const { network } = parseDescription(described);
  const values = chooseValues(facts, network);
  requireFit({ ...network, input: values.input.name, output: values.output.name }, values);
}

function refusal(onnx: Uint8Array, described?: object): string {
  try {
    check(onnx, described);
  } catch (thrown) {
    if (thrown instanceof VoxwatchError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  return 'none';
}

describe('what an ONNX file says of itself', () => {
  it('is read back from what we write', () => {
    expect(readModelFacts(thresholdModel(3, [8, 'h', 'w']))).toEqual({
      irVersion: 9,
      opset: 18,
      otherDomains: [],
      producer: 'elsewhere 2.0',
      inputs: [{ name: 'image', elementType: 'float32', dims: [1, 1, 8, 'h', 'w'] }],
      outputs: [{ name: 'answer', elementType: 'float32', dims: [1, 2, 8, 'h', 'w'] }],
      parameters: 1,
      externalFiles: [],
    });
  });

  it('is read of the bundles that are here', () => {
    for (const bundle of readdirSync(MODELS)) {
      const facts = readModelFacts(readFileSync(path.join(MODELS, bundle, 'stage-1.onnx')));
      expect(facts).toMatchObject({ irVersion: 9, opset: 18, otherDomains: [], externalFiles: [] });
      expect(facts.inputs.map(({ name }) => name)).toContain('hu');
    }
  });

  it('leaves weights out of the inputs', () => {
    expect(readModelFacts(bareModel({}))).toMatchObject({ inputs: [{ name: 'image' }], parameters: 12 });
  });

  it('is refused where the file is no model, or ends too soon', () => {
    const whole = thresholdModel(1);
    expect(refusal(new TextEncoder().encode('not a model'))).toMatch(/^MODEL_UNSUPPORTED: /);
    expect(refusal(new Uint8Array())).toMatch(/^MODEL_UNSUPPORTED: .*no graph/);
    for (let length = 1; length < whole.length; length += 7)
      expect(refusal(whole.subarray(0, length))).toMatch(/^MODEL_UNSUPPORTED: /);
  });
});

describe('a network against its description', () => {
  it('passes where they agree, also where the network leaves sizes open', () => {
    expect(refusal(thresholdModel(1))).toBe('none');
    expect(refusal(thresholdModel(1, [8, 48, 48]))).toBe('none');
  });

  it.each([
    ['weights in another file', bareModel({ external: 'weights.bin' }), /weights\.bin.*save it with its weights inside/],
    ['an IR that is too new', bareModel({ irVersion: 14 }), /IR version 14.*up to 13/],
    ['an opset that is too new', bareModel({ opset: 27 }), /opset 27.*9 to 26/],
    ['an opset that is too old', bareModel({ opset: 8 }), /opset 8/],
    ['operators of others', bareModel({ domain: 'com.microsoft' }), /com\.microsoft/],
    ['another size', thresholdModel(1, [8, 48, 64]), /\[1, 1, 8, 48, 64\].*\[1, 1, 8, 48, 48\]/],
    ['other dimensions', thresholdModel(1, ['h', 'w']), /\[1, 1, h, w\].*\[1, 1, 8, 48, 48\]/],
  ])('%s is refused, with both sides', (_, onnx, message) => {
    expect(refusal(onnx)).toMatch(/^MODEL_UNSUPPORTED: /);
    expect(refusal(onnx)).toMatch(message);
  });

  it('refuses classes that the network does not have, and names that it does not know', () => {
    const three = { kind: 'classes', activation: 'softmax', activatedOn: 'scan', labels: [0, 1, 1] };
    expect(refusal(thresholdModel(1), description({ answer: three }))).toMatch(/\[1, 2, d, h, w\].*\[1, 3, 8, 48, 48\]/);
    expect(refusal(thresholdModel(1), description({ output: 'logits' }))).toMatch(/logits.*answer/);
  });
});

describe('a description', () => {
  it('is whole as docs/import.md shows it', () => {
    const page = readFileSync(path.resolve(MODELS, '../docs/import.md'), 'utf8');
    const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    expect(parseDescription(JSON.parse(example)).network).toMatchObject({ stepping: 'spread', mirrorAxes: [0, 1, 2] });
  });

  it('is filled in by its convention, and a field that is written out wins', () => {
    const { network } = parseDescription(description({ stepFraction: 0.25 }));
    expect(network).toMatchObject({ axes: ['S', 'P', 'L'], stepFraction: 0.25, stepping: 'spread', alignment: 'edges' });
  });

  it.each([
    ['an unknown key', { ...description(), colour: 'red' }, /top level.*colour/],
    ['a missing field', description({ tile: undefined }), /network\.tile/],
    ['axes that name a direction twice', description({ axes: ['S', 'I', 'L'] }), /S, I, L/],
    [
      'slices mirrored across',
      description({ tile: { kind: 'planar', sizePixels: [8, 8], neighbours: 0 }, mirrorAxes: [0] }),
      /axis 0/,
    ],
    [
      'figures of the volume after resampling',
      description({ intensityTaken: 'after-resampling', channels: [{ scheme: 'volume-standardise' }] }),
      /before-resampling/,
    ],
  ])('is refused with %s', (_, described, message) => {
    expect(() => parseDescription(described)).toThrow(message);
  });
});
