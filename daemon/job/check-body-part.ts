/**
 * Is this scan of a part of the body that the bundle is meant for? Body Part Examined (0018,0015) is often missing and
 * sometimes wrong (a PET-CT of breast cancer shows the abdomen), so it makes a warning and no refusal.
 * @module
 */
import type { Finding } from '../../core/finding.ts';
import type { ModelManifest } from '../../core/model-manifest.ts';

/** @param bodyPart - As the input says it; nothing is said where it does not. */
export function checkBodyPart(bodyPart: string | undefined, { name, bodyParts }: ModelManifest): readonly Finding[] {
  if (bodyPart === undefined || bodyPart === '' || bodyParts.includes(bodyPart.toUpperCase())) return [];
  return [
    {
      code: 'BODY_PART_DIFFERS',
      severity: 'warning',
      message: `The scan says that it is of another part of the body than the model ${name} is made for (${bodyParts.join(', ')}): check the result.`,
    },
  ];
}
