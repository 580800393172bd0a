/**
 * What is odd about a NIfTI that can be read → findings.
 * @module
 */
import type { Finding } from '../../core/finding.ts';
import { formsDiffer, type NiftiSpace, spacingDiffers } from './nifti-space.ts';
import type { ConvertedVoxels } from './voxel-types.ts';

/** Sform and qform may lay the far corner this far apart before it is worth a finding, mm. */
const FORMS_TOLERANCE_MM = 0.1;

/** Sform and `pixdim` may give voxel sizes that differ by this part; float32 and rounding in tools stay below. */
const SPACING_TOLERANCE = 1e-3;

/** What the header alone shows. */
export function orientationFindings(space: NiftiSpace, sizeVoxels: readonly [number, number, number]): Finding[] {
  const findings: Finding[] = [];
  if (space.sformCode <= 0 && space.qformCode <= 0) {
    findings.push({
      code: 'NIFTI_NO_ORIENTATION',
      severity: 'warning',
      message: 'The file does not say how the patient lies in it: left and right are assumed.',
    });
  }
  if (formsDiffer(space, sizeVoxels, FORMS_TOLERANCE_MM)) {
    findings.push({
      code: 'NIFTI_FORMS_DIFFER',
      severity: 'warning',
      message: 'The file holds two positions in space that differ (sform and qform); the sform is used.',
    });
  }
  if (spacingDiffers(space, SPACING_TOLERANCE)) {
    findings.push({
      code: 'NIFTI_SPACING_DIFFERS',
      severity: 'warning',
      message: 'The voxel sizes in the header (pixdim) are not those of its position in space (sform); the sform is used.',
    });
  }
  return findings;
}

/** What the voxels show. */
export function contentFindings(
  { hu, lowestHu, highestHu, clamped, notNumbers }: ConvertedVoxels,
  trailingBytes: number,
): Finding[] {
  const findings: Finding[] = [];
  if (lowestHu >= 0 || lowestHu === highestHu) {
    findings.push({
      code: 'NIFTI_NOT_HU',
      severity: 'warning',
      message:
        `Its values, from ${lowestHu} to ${highestHu}, do not look like a CT in Hounsfield units, ` +
        'where air and fat are below 0.',
    });
  }
  if (clamped > 0) {
    findings.push({
      code: 'NIFTI_CLAMPED',
      severity: 'warning',
      message: `${clamped} of ${hu.length} voxels are beyond the range of Hounsfield units (16 bits) and were set to its ends.`,
    });
  }
  if (notNumbers > 0) {
    findings.push({
      code: 'NIFTI_NOT_A_NUMBER',
      severity: 'info',
      message: `${notNumbers} of ${hu.length} voxels hold no number; they are taken for air.`,
    });
  }
  if (trailingBytes > 0) {
    findings.push({
      code: 'NIFTI_TRAILING_BYTES',
      severity: 'info',
      message: `The file goes on for ${trailingBytes} bytes after its voxels; they are ignored.`,
    });
  }
  return findings;
}
