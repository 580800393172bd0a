/**
 * Elements of a multi-frame file → the elements of each frame, as if it were a file of its own: what the frame's
 * functional groups say, else what the shared ones say, else the file.
 * Sources: DICOM PS3.3 C.7.6.16 (multi-frame functional groups), C.8.15.3 (CT), C.8.16.1.1 (Legacy Converted).
 * @module
 */
import type { DicomElements, Tag } from './elements.ts';

const SHARED_GROUPS = 'x52009229';
const PER_FRAME_GROUPS = 'x52009230';

/** Functional groups with attributes that are read here: each is a sequence of one item. */
const GROUPS: readonly Tag[] = [
  'x00209113', // Plane Position
  'x00209116', // Plane Orientation
  'x00289110', // Pixel Measures
  'x00289145', // CT Pixel Value Transformation
  'x00209111', // Frame Content
  'x00189329', // CT Image Frame Type
  'x00189118', // Cardiac Synchronization
  'x00189301', // CT Acquisition Type
  'x00189314', // CT Reconstruction
  'x00209071', // Frame Anatomy
  'x00209170', // Unassigned Shared Converted Attributes
  'x00209171', // Unassigned Per-Frame Converted Attributes
];

/** @returns one for each item of the Per-Frame Functional Groups Sequence; none if there is no such sequence. */
export function frameElements(file: DicomElements): DicomElements[] {
  const shared = file.items(SHARED_GROUPS).flatMap(groupsOf);
  return file.items(PER_FRAME_GROUPS).map((item) => layered([...groupsOf(item), ...shared, file]));
}

function groupsOf(item: DicomElements): DicomElements[] {
  return GROUPS.flatMap((group) => item.items(group).slice(0, 1));
}

/** The first layer that has a value gives it. */
function layered(layers: readonly DicomElements[]): DicomElements {
  const list = <T>(read: (layer: DicomElements) => readonly T[]): readonly T[] => {
    for (const layer of layers) {
      const values = read(layer);
      if (values.length > 0) return values;
    }
    return [];
  };
  const one = <T>(read: (layer: DicomElements) => T | undefined): T | undefined => {
    for (const layer of layers) {
      const value = read(layer);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  return {
    texts: (tag) => list((layer) => layer.texts(tag)),
    decimals: (tag) => list((layer) => layer.decimals(tag)),
    items: (tag) => list((layer) => layer.items(tag)),
    text: (tag) => one((layer) => layer.text(tag)),
    decimal: (tag) => one((layer) => layer.decimal(tag)),
    unsigned: (tag) => one((layer) => layer.unsigned(tag)),
    signed: (tag) => one((layer) => layer.signed(tag)),
  };
}
