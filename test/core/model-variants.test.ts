import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { manifestJsonSchema } from '../../core/model-manifest.ts';
import { type BundleVariant, precisionFor, type VariantFacts, variantContradiction } from '../../core/model-variants.ts';

const DIGEST = '0'.repeat(64);

function variant(precision: 'fp16' | 'int8', largestLoss = 0): BundleVariant {
  const golden = { labelsSha256: DIGEST, labels: { file: 'g.nii.gz', sha256: DIGEST } };
  return { precision, golden, results: [{ of: 'liver', on: 'noise', cases: 1, agreement: 1 }], largestLoss };
}

const certificate = {
  inputs: 'noise',
  slices: 1,
  inputSha256: DIGEST,
  agreement: 1,
  labelDisagreements: 0,
  pixels: 1,
  fp32Ms: 1,
  variantMs: 1,
};
const stage = { name: 'organ', variants: [{ precision: 'int8' as const, file: 'a.onnx', sha256: DIGEST, certificate }] };
const whole: VariantFacts = { variants: [variant('int8', 0.005)], stages: [stage], defaultPrecision: { cpu: 'int8' } };

describe('variants of a bundle', () => {
  it('may be a default up to a loss of 0.005', () => {
    expect(variantContradiction(whole)).toBeUndefined();
    expect(variantContradiction({ ...whole, variants: [variant('int8', 0.0051)] })).toMatch(/Dice falls by 0.0051/);
    expect(variantContradiction({ ...whole, variants: [variant('int8', 0.0051)], defaultPrecision: {} })).toBeUndefined();
  });

  it.each([
    ['two of the same precision', { ...whole, variants: [variant('int8'), variant('int8')] }, /the same precision/],
    ['a stage without its file', { ...whole, stages: [stage, { name: 'lesion' }] }, /stage lesion has other variants/],
    ['a file that the bundle does not name', { ...whole, variants: undefined }, /stage organ has other variants/],
    ['a default that is not there', { ...whole, defaultPrecision: { cuda: 'fp16' as const } }, /no such variant/],
  ])('contradict themselves with %s', (_, facts, message) => {
    expect(variantContradiction(facts)).toMatch(message);
  });

  it('are chosen by name, or as the bundle says for the provider', () => {
    expect(precisionFor(whole, 'auto', 'cpu')).toBe('int8');
    expect(precisionFor(whole, 'auto', 'cuda')).toBe('fp32');
    expect(precisionFor(whole, 'fp32', 'cpu')).toBe('fp32');
    expect(precisionFor(whole, 'int8', 'cuda')).toBe('int8');
    expect(precisionFor(whole, 'fp16', 'cuda')).toBeUndefined();
    expect(precisionFor({}, 'auto', 'cpu')).toBe('fp32');
  });
});

it('docs/schemas/manifest.schema.json is the schema of the manifest', () => {
  const page = new URL('../../docs/schemas/manifest.schema.json', import.meta.url);
  expect(readFileSync(page, 'utf8')).toBe(`${JSON.stringify(manifestJsonSchema(), null, 2)}\n`);
});
