/**
 * A transform → words: its kind and what it draws from.
 * @module
 */
import type { Transform } from '../../train/augmentation/augmentation.ts';

/** `standardDeviationHu: [5, 20]` is read as `standard deviation 5 … 20 HU`. */
export function transformWords({ kind, probability, ...fields }: Transform): { readonly title: string; readonly words: string } {
  const parts = Object.entries(fields).map(([name, value]) => fieldWords(name, value));
  const chance = probability < 1 ? [`in ${Number((probability * 100).toFixed(1))} % of samples`] : [];
  return { title: kind.replaceAll('-', ' '), words: [...parts, ...chance].join(', ') };
}

const UNITS: Readonly<Record<string, string>> = { Hu: ' HU', Pixels: ' px' };

function fieldWords(name: string, value: number | string | readonly [number, number]): string {
  if (typeof value === 'string') return value;
  const words = name.split(/(?=[A-Z])/);
  const unit = words.length > 1 ? UNITS[words.at(-1) as string] : undefined;
  const named = (unit === undefined ? words : words.slice(0, -1)).join(' ').toLowerCase();
  const amount = typeof value === 'number' ? String(value) : value[0] === value[1] ? String(value[0]) : value.join(' … ');
  return `${named} ${amount.replaceAll('-', '−')}${unit ?? ''}`;
}
