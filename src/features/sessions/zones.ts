const formats = new Map<string, Intl.DateTimeFormat>();

/** How a time zone writes an instant; kept, since it takes longer to make than to use. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      ...{ timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
    });
    formats.set(timeZone, format);
  }
  return format;
}

/** Whether this is a time zone of the IANA database that is known here, by name and not by an offset. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What a clock shows in a time zone, as if it were UTC, in milliseconds. */
function clockOf(instant: number, timeZone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(timeZone).formatToParts(instant)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

const dayMs = 86_400_000;
const offsetAt = (instant: number, timeZone: string): number => clockOf(instant, timeZone) - instant;

/**
 * The instant of a local time, `YYYY-MM-DDTHH:MM`, as RFC 5545 (3.3.5) says: of one that is there twice, since the clock
 * goes back, the first; of one that is skipped, as the offset before the gap has it.
 */
export function instantOf(local: string, timeZone: string): Date {
  const asUtc = Date.parse(`${local}:00Z`);
  const before = offsetAt(asUtc - dayMs, timeZone);
  const after = offsetAt(asUtc + dayMs, timeZone);
  const shown = [asUtc - before, asUtc - after].filter((instant) => clockOf(instant, timeZone) === asUtc);
  return new Date(shown.length === 0 ? asUtc - before : Math.min(...shown));
}

/** The local time of an instant, `YYYY-MM-DDTHH:MM`. */
export const localOf = (instant: Date, timeZone: string): string =>
  new Date(clockOf(Math.floor(instant.getTime() / 1000) * 1000, timeZone)).toISOString().slice(0, 16);
