/**
 * What a series' attributes say about its geometry, against the geometry that its positions give → findings.
 *
 * Positions and directions alone decide where voxels lie; a contradiction is shown, never followed.
 * Sources: DICOM PS3.3 C.7.3.1.1.2 (patient position), C.8.2.1 (gantry tilt).
 * @module
 */
import { affineColumn, dot, normalize, type Vector3 } from '../../core/affine.ts';
import type { Finding } from '../../core/finding.ts';
import { sliceOrientation, tiltDegrees } from '../../core/slice-orientation.ts';
import type { GridGeometry } from '../../core/volume.ts';
import type { DicomInstance } from './instance.ts';

/** Header and positions may disagree about a tilt by this, degrees (headers are rounded to halves). */
const TILT_AGREEMENT_DEGREES = 1;

/**
 * Downwards in the room, as a direction in the patient (LPS), by the last letters of (0018,5100): rows of an axial CT
 * picture are read downwards, whoever made it.
 */
const DOWNWARDS: Readonly<Record<string, Vector3>> = { S: [0, 1, 0], P: [0, -1, 0], DR: [-1, 0, 0], DL: [1, 0, 0] };

/** @param geometry - Of the stack that the slices form. */
export function checkAttributes(slices: readonly DicomInstance[], geometry: GridGeometry): Finding[] {
  return [...checkPlane(geometry), ...checkPatientPosition(slices, geometry), ...checkTilt(slices, geometry)];
}

function checkPlane(geometry: GridGeometry): Finding[] {
  const plane = sliceOrientation(geometry);
  if (plane === 'axial') return [];
  return [
    { code: 'NOT_AXIAL', severity: 'warning', message: `The slices are ${plane}: the series was not acquired in axial slices.` },
  ];
}

function checkPatientPosition(slices: readonly DicomInstance[], geometry: GridGeometry): Finding[] {
  const positions = new Set(slices.map(({ patientPosition }) => patientPosition));
  const warning = (message: string): Finding[] => [{ code: 'PATIENT_POSITION', severity: 'warning', message }];
  if (positions.size > 1) return warning('The slices do not agree on how the patient lay: check left and right before use.');
  const [position] = positions;
  const downwards = DOWNWARDS[/^[HF]F(S|P|DR|DL)$/.exec(position?.toUpperCase() ?? '')?.[1] ?? ''];
  if (!downwards || sliceOrientation(geometry) !== 'axial') return [];
  // Below 0.5 the picture's columns run more than 60° off what the position says, which no head holder explains.
  if (dot(normalize(affineColumn(geometry.voxelToWorld, 1)), downwards) > 0.5) return [];
  return warning('The slices are turned otherwise than the stated patient position says: check left and right before use.');
}

function checkTilt(slices: readonly DicomInstance[], geometry: GridGeometry): Finding[] {
  const stated = Math.abs(slices[0]?.gantryTiltDegrees ?? Number.NaN);
  const found = tiltDegrees(geometry);
  if (slices.length < 2 || Number.isNaN(stated) || Math.abs(stated - found) <= TILT_AGREEMENT_DEGREES) return [];
  const message = `The header states a gantry tilt of ${stated.toFixed(1)}°, the slice positions show ${found.toFixed(1)}°: the positions count.`;
  return [{ code: 'TILT_MISMATCH', severity: 'warning', message }];
}
