import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../core/errors.ts';
import { type ModelManifest, type PixelStage, parseManifest } from '../../core/model-manifest.ts';
import { tinyBundleFiles } from '../runtime/make-tiny-bundle.ts';

/** A good manifest, to be spoilt. */
function goodManifest(): ModelManifest {
  return JSON.parse(new TextDecoder().decode(tinyBundleFiles().get('manifest.json'))) as ModelManifest;
}

/** Sets a value at a path of a copy. */
function spoilt(path: readonly (string | number)[], value: unknown): string {
  const manifest: unknown = goodManifest();
  const last = path.at(-1) as string | number;
  const holder = path.slice(0, -1).reduce((node, key) => (node as Record<string | number, unknown>)[key], manifest);
  (holder as Record<string | number, unknown>)[last] = value;
  return JSON.stringify(manifest);
}

function refusal(json: string): VoxwatchError {
  try {
    parseManifest(json);
  } catch (thrown) {
    if (thrown instanceof VoxwatchError) return thrown;
    throw thrown;
  }
  throw new Error('the manifest was accepted');
}

describe('a manifest', () => {
  it('is accepted when it is good, and comes back as it was written', () => {
    expect(parseManifest(JSON.stringify(goodManifest()))).toEqual(goodManifest());
  });

  it('is refused when it is no JSON', () => {
    expect(refusal('{ "name": ').code).toBe('BUNDLE_INVALID');
  });

  it.each([
    ['a wrong version number', ['version'], '1.0', 'version'],
    ['a schema of another version', ['schemaVersion'], 2, 'schemaVersion'],
    ['another modality', ['modality'], 'MR', 'modality'],
    ['a digest that is none', ['stages', 1, 'sha256'], 'abc', 'stages.1.sha256'],
    ['a network file in another folder', ['stages', 0, 'file'], '../evil.onnx', 'stages.0.file'],
    ['a colour by name', ['labels', 1, 'color'], 'yellow', 'labels.1.color'],
    ['the index of the background', ['labels', 0, 'index'], 0, 'labels.0.index'],
    ['no stage', ['stages'], [], 'stages'],
    ['an unknown region', ['stages', 1, 'region'], { kind: 'everywhere' }, 'stages.1.region.kind'],
    ['a negative threshold', ['postprocessing', 'minLesionMl'], -1, 'postprocessing.minLesionMl'],
    ['text for a number', ['parity', 'results', 0, 'pixels'], 'many', 'parity.results.0.pixels'],
  ] as const)('with %s names the field', (_name, path, value, where) => {
    const error = refusal(spoilt(path, value));
    expect(error.code).toBe('BUNDLE_INVALID');
    expect(error.details).toEqual({ where });
    expect(error.message).toContain(`at ${where}:`);
  });

  it('with an unknown key is refused, so that a typo cannot hide', () => {
    expect(refusal(spoilt(['postprocessing', 'minComponentML'], 3)).message).toContain('minComponentML');
    expect(refusal(spoilt(['isDefualt'], true)).message).toContain('isDefualt');
  });

  it.each([
    ['two labels of one index', ['labels', 1, 'index'], 1, 'two labels share an index'],
    ['an organ that is not in its table', ['organLabel'], 7, 'label 7 is not in its table'],
    ['a lesion that is not in its table', ['lesionLabel'], 9, 'label 9 is not in its table'],
    ['a crop round a later stage', ['stages', 1, 'region', 'ofStage'], 'tumour', 'stage 2 crops round a stage that does not come'],
    ['an output that is not in its table', ['stages', 0, 'outputLabels'], [0, 5], 'a stage gives label 5'],
  ] as const)('with %s contradicts itself', (_name, path, value, sentence) => {
    const error = refusal(spoilt(path, value));
    expect(error.code).toBe('BUNDLE_INVALID');
    expect(error.message).toContain(`contradicts itself: ${sentence}`);
  });
});

describe('a manifest with stages in millimetres', () => {
  const output = { classes: [1], threshold: 0.5, smoothingMm: 3, maxComponents: 1, minComponentMl: 0, fillHoles: true };
  const stages = (change: { readonly first?: object; readonly second?: object } = {}): string => {
    const manifest = goodManifest();
    const { name, file, sha256, opset, parameters, intensity } = manifest.stages[0] as PixelStage;
    const shared = { name, file, sha256, opset, parameters, intensity, space: 'millimetres', multipleOf: 16 };
    const first = {
      ...shared,
      spacingMm: 3,
      outputs: [{ ...output, label: 1 }],
      region: { kind: 'whole-slice' },
      ...change.first,
    };
    const second = {
      ...shared,
      name: 'lesions',
      spacingMm: 1.5,
      outputs: [{ ...output, label: 2, within: 1 }],
      region: { kind: 'box-around-labels', labels: [1], marginMm: 12 },
      ...change.second,
    };
    return JSON.stringify({ ...manifest, stages: [first, second] });
  };

  it('is accepted, also beside a stage in pixels', () => {
    expect(parseManifest(stages()).stages.map(({ space }) => space)).toEqual(['millimetres', 'millimetres']);
    const [pixels] = goodManifest().stages;
    const mixed = { ...JSON.parse(stages()), stages: [pixels, (JSON.parse(stages()) as ModelManifest).stages[1]] };
    expect(parseManifest(JSON.stringify(mixed)).stages.map(({ space }) => space)).toEqual(['pixels', 'millimetres']);
  });

  it.each([
    ['pixels of no size', { first: { spacingMm: 0 } }, 'stages.0.spacingMm'],
    ['what belongs to a stage in pixels', { first: { gridPixels: [16, 16] } }, 'gridPixels'],
    ['no output', { second: { outputs: [] } }, 'stages.1.outputs'],
    [
      'a threshold that all reach',
      { second: { outputs: [{ ...output, label: 2, threshold: 0 }] } },
      'stages.1.outputs.0.threshold',
    ],
    ['a crop as stages in pixels have it', { second: { region: { kind: 'crop-around-foreground' } } }, 'stages.1.region.kind'],
  ] as const)('with %s names the field', (_name, change, where) => {
    expect(refusal(stages(change)).message).toContain(where);
  });

  it.each([
    ['an output that is not in its table', { first: { outputs: [{ ...output, label: 7 }] } }, 'a stage gives label 7'],
    [
      'an output within one that comes later',
      { first: { outputs: [{ ...output, label: 1, within: 2 }] } },
      'label 1 is to lie within label 2, which is not given before',
    ],
    [
      'an output that may bulge out of nothing',
      { first: { outputs: [{ ...output, label: 1, bulgeMm: 6 }] } },
      'label 1 may bulge, but lies within nothing',
    ],
    [
      'an output that redraws what is not there',
      { first: { outputs: [{ ...output, label: 1, redrawMm: 6 }] } },
      'label 1 is to be redrawn, which is not given before',
    ],
    [
      'an output that redraws within another label',
      { second: { outputs: [{ ...output, label: 2, within: 1, redrawMm: 6 }] } },
      'label 2 is redrawn, so it cannot lie within another one',
    ],
    [
      'a box round what no stage before gives',
      { second: { region: { kind: 'box-around-labels', labels: [2], marginMm: 1 } } },
      'stage 2 looks round label 2, which no stage before it gives',
    ],
  ] as const)('with %s contradicts itself', (_name, change, sentence) => {
    expect(refusal(stages(change)).message).toContain(`contradicts itself: ${sentence}`);
  });

  it('contradicts itself where a stage in pixels crops round a stage in millimetres', () => {
    const [, crop] = goodManifest().stages;
    const [first] = (JSON.parse(stages()) as ModelManifest).stages;
    const json = JSON.stringify({ ...goodManifest(), stages: [first, crop] });
    expect(refusal(json).message).toContain('works in pixels and crops round a stage in millimetres');
  });
});
