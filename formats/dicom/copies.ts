/**
 * Slices of one name (SOP Instance UID and frame) → one each, and what became of the others.
 * Source: DICOM PS3.5 section 9: a UID names one object for ever, so two that differ contradict each other.
 * @module
 */
import type { DicomInstance } from './instance.ts';

export interface UniqueSlices {
  /** One of each name, in the order in which they were met. */
  readonly instances: readonly DicomInstance[];
  /** For each slice that was there more than once with the same content: how many more. */
  readonly copies: ReadonlyMap<DicomInstance, number>;
  /** Slices whose name another slice with other content has. */
  readonly contradicted: ReadonlySet<DicomInstance>;
}

/** Sorts out slices that are there more than once. */
export function uniqueSlices(instances: readonly DicomInstance[]): UniqueSlices {
  const known = new Map<string, DicomInstance>();
  const copies = new Map<DicomInstance, number>();
  const contradicted = new Set<DicomInstance>();
  for (const instance of instances) {
    const name = `${instance.seriesInstanceUid}/${instance.sopInstanceUid}/${instance.frameIndex}`;
    const first = known.get(name);
    if (!first) known.set(name, instance);
    else if (haveSameContent(first, instance)) copies.set(first, (copies.get(first) ?? 0) + 1);
    else contradicted.add(first);
  }
  return { instances: [...known.values()], copies, contradicted };
}

/** How the pixels are packed is no content; when the picture was made is. */
function haveSameContent(a: DicomInstance, b: DicomInstance): boolean {
  // The digest is of the packed bytes: only those packed alike can be compared by it.
  const isPackedAlike = a.transferSyntaxUid === b.transferSyntaxUid;
  return attributesOf(a) === attributesOf(b) && (!isPackedAlike || a.contentDigest === b.contentDigest);
}

function attributesOf(instance: DicomInstance): string {
  const { transferSyntaxUid: _, pixelKind: __, contentDigest: ___, ...attributes } = instance;
  return JSON.stringify(attributes);
}
