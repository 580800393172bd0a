/**
 * A volume → why a model may be wrong on it: voxels of a size that it was not trained on, values that cannot be
 * Hounsfield units of a body. Warnings, not refusals: a network runs on anything, and somebody must say so.
 * @module
 */
import { affineSpacingMm } from '../core/affine.ts';
import type { Finding } from '../core/finding.ts';
import type { ModelDomain } from '../core/model-domain.ts';
import type { ModelManifest } from '../core/model-manifest.ts';
import { slicePlanes, type Volume } from '../core/volume.ts';
import type { AxialView } from '../preprocess/reorient.ts';

/** Sizes this part beyond the range are rounding, not another protocol. */
const SIZE_TOLERANCE = 0.01;

/** Fewer voxels say nothing about the values of a scan. */
const LEAST_VOXELS = 10_000;

/** So many, spread over a scan, say what all of them would: the smallest share that counts is 250 of them. */
const SAMPLED_VOXELS = 250_000;

/** Fat lies near −100 HU and air at −1000: every body has the one, and nearly every picture the other. */
const FAT_HU = -50;
const LEAST_FAT_AND_AIR = 1e-3;

/** Above this is body: what is below is air, lung and gas. */
const BODY_HU = -500;
const LEAST_BODY = 5e-3;

/** From fat to contrast medium; most of a body, bones and all, lies within. */
const SOFT_TISSUE_HU = [-200, 300] as const;
const LEAST_SOFT_TISSUE = 0.35;

/** What a reader of a result must know about its input. */
export function domainFindings(
  volume: Volume,
  { view, manifest }: { readonly view: AxialView; readonly manifest: Pick<ModelManifest, 'name' | 'domain'> },
): readonly Finding[] {
  const { name, domain } = manifest;
  return [...(domain ? spacingFindings(view, name, domain) : []), ...intensityFindings(volume)];
}

function spacingFindings(view: AxialView, model: string, { pixelMm, sliceStepMm }: ModelDomain): Finding[] {
  const finding = (what: string, [lowest, highest]: readonly [number, number]): Finding => ({
    code: 'SPACING_OUTSIDE_DOMAIN',
    severity: 'warning',
    message: `${what}; the model ${model} is made for ${lowest} to ${highest} mm: look whether organs and lesions are whole.`,
  });
  const findings: Finding[] = [];
  const [i, j] = affineSpacingMm(view.voxelToWorld);
  const pixel = [i, j].find((mm) => isOutside(mm, pixelMm));
  if (pixel !== undefined) findings.push(finding(`A pixel of this scan is ${pixel.toFixed(2)} mm wide`, pixelMm));
  const step = axialStepsMm(view).find((mm) => isOutside(mm, sliceStepMm));
  if (step !== undefined) findings.push(finding(`Slices of this scan lie ${step.toFixed(2)} mm apart`, sliceStepMm));
  return findings;
}

/** The distances of neighbouring axial slices that differ; none where there is one slice. */
function axialStepsMm({ sizeVoxels, voxelToWorld, axes, native }: AxialView): readonly number[] {
  if (sizeVoxels[2] < 2) return [];
  return axes[2].nativeAxis === 2 ? slicePlanes(native).gapsMm : [affineSpacingMm(voxelToWorld)[2]];
}

function isOutside(mm: number, [lowest, highest]: readonly [number, number]): boolean {
  return mm < lowest * (1 - SIZE_TOLERANCE) || mm > highest * (1 + SIZE_TOLERANCE);
}

function intensityFindings({ hu, geometry }: Volume): Finding[] {
  if (hu.length < LEAST_VOXELS) return [];
  const stride = samplingStride(geometry);
  let [seen, dark, body, soft] = [0, 0, 0, 0];
  for (let p = 0; p < hu.length; p += stride, seen++) {
    const value = hu[p] as number;
    if (value < FAT_HU) dark++;
    if (value <= BODY_HU) continue;
    body++;
    if (value >= SOFT_TISSUE_HU[0] && value <= SOFT_TISSUE_HU[1]) soft++;
  }
  const reason = whyNotABody({ dark: dark / seen, body: body / seen, soft: soft / body });
  if (reason === undefined) return [];
  const message = `${reason}: these may be no Hounsfield units, or no CT of a body. Do not rely on the masks.`;
  return [{ code: 'INTENSITIES_OUTSIDE_DOMAIN', severity: 'warning', message }];
}

/** Has no divisor with the length of a row: else the same columns would be looked at again and again. */
function samplingStride({ sizeVoxels: [width, height, slices] }: Volume['geometry']): number {
  let stride = Math.max(1, Math.floor((width * height * slices) / SAMPLED_VOXELS));
  while (greatestDivisor(stride, width) > 1) stride--;
  return stride;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Shares of the voxels looked at; `soft` of those of the body. */
function whyNotABody({
  dark,
  body,
  soft,
}: {
  readonly dark: number;
  readonly body: number;
  readonly soft: number;
}): string | undefined {
  if (body < LEAST_BODY) return 'Nearly everything in this scan has the values of air';
  if (dark < LEAST_FAT_AND_AIR) return 'Nothing in this scan has the values of air or fat';
  if (soft < LEAST_SOFT_TISSUE) return 'Little in this scan has the values of soft tissue';
  return undefined;
}
