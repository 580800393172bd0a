/**
 * Which time zone do the dates on the pages have? (Reports and logs are in UTC wherever they are written.)
 * @module
 */
import { ok, type Point, warning } from '../point.ts';

export interface TimeZoneFacts {
  /** As Node knows it, e.g. `Europe/Berlin`. */
  readonly zone: string;
  /** The variable `TZ`, where it is set. */
  readonly variable?: string;
}

export function readTimeZone(): TimeZoneFacts {
  const variable = process.env.TZ;
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'Etc/Unknown';
  return { zone, ...(variable ? { variable } : {}) };
}

export function checkTimeZone({ zone, variable }: TimeZoneFacts): Point {
  const mend = 'Set TZ to a name as Europe/Berlin, and install tzdata in the image.';
  if (variable !== undefined && !isZone(variable.replace(/^:/, ''))) {
    return warning('time zone', `TZ is set to what is no time zone; ${zone} is used`, mend);
  }
  if (!isZone(zone) || zone === 'Etc/Unknown') return warning('time zone', 'unknown', mend);
  return ok('time zone', zone);
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
