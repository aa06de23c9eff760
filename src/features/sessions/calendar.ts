/** A session as it stands in a calendar. */
export type CalendarEntry = {
  readonly id: string;
  readonly version: number;
  readonly title: string;
  readonly description: string | null;
  readonly place: string | null;
  readonly kind: string;
  readonly notRecorded: boolean;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly cancelled: boolean;
  readonly createdAt: Date;
  readonly changedAt: Date;
};

/** The most octets of a line without its end. */
const lineOctets = 75;

/** A text value: what has a meaning in RFC 5545 is escaped, and control characters, which have no place in one, are gone. */
const escaped = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .replace(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n');

/** A content line, folded between characters where it is too long. */
function folded(line: string): string {
  let written = '';
  let octets = 0;
  for (const character of line) {
    const more = Buffer.byteLength(character);
    if (octets + more > lineOctets) {
      written += '\r\n ';
      octets = 1;
    }
    written += character;
    octets += more;
  }
  return `${written}\r\n`;
}

/** An instant in UTC, so that every client shows it right on either side of a change of the clock. */
const utc = (instant: Date) => `${instant.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;

function eventLines(entry: CalendarEntry): string[] {
  const lines = [
    'BEGIN:VEVENT',
    `UID:urn:uuid:${entry.id}`,
    `DTSTAMP:${utc(entry.changedAt)}`,
    `CREATED:${utc(entry.createdAt)}`,
    `LAST-MODIFIED:${utc(entry.changedAt)}`,
    `SEQUENCE:${entry.version - 1}`,
    `DTSTART:${utc(entry.startsAt)}`,
    `DTEND:${utc(entry.endsAt)}`,
    `SUMMARY:${escaped(entry.title)}`,
    `STATUS:${entry.cancelled ? 'CANCELLED' : 'CONFIRMED'}`,
  ];
  // Of what is not recorded a calendar, which lies on the machines of others, bears the title alone.
  if (!entry.notRecorded) {
    lines.push(`CATEGORIES:${entry.kind.toUpperCase().replaceAll('_', ' ')}`);
    if (entry.description !== null) lines.push(`DESCRIPTION:${escaped(entry.description)}`);
    if (entry.place !== null) lines.push(`LOCATION:${escaped(entry.place)}`);
  }
  return [...lines, 'END:VEVENT'];
}

/**
 * Writes a calendar (RFC 5545, with the name and the refreshing of RFC 7986). By hand, since it is a few lines: ical.js
 * folds at one octet more than is allowed, and does not escape names.
 */
export function writeCalendar(name: string, entries: readonly CalendarEntry[]): string {
  const lines = [
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Samendoen//Samendoen//NL', 'CALSCALE:GREGORIAN', 'METHOD:PUBLISH'],
    ...[`NAME:${escaped(name)}`, `X-WR-CALNAME:${escaped(name)}`, 'REFRESH-INTERVAL;VALUE=DURATION:PT1H'],
    ...entries.flatMap(eventLines),
    'END:VCALENDAR',
  ];
  return lines.map(folded).join('');
}
