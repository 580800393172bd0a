import { describe, expect, it } from 'vitest';
import { VoxwatchError } from '../../core/errors.ts';
import { type ModelManifest, parseManifest } from '../../core/model-manifest.ts';
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
