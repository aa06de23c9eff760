"""Reads calendars with icalendar, and works out their series with dateutil: prints what differs from what is expected.

Usage: read_calendar.py DIRECTORY, in which <name>.ics is beside <name>.json: {series: [{startsAt, timeZone, recurrence,
through}], events: [{uid, summary, description, location, status}]}, the events in the order of the file.
"""

import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Calendar


def instants(series):
    """The instants of a series in UTC, by the clock of its time zone."""
    start = datetime.fromisoformat(series["startsAt"])
    rule = series["recurrence"].replace("UNTIL=" + series.get("until", "-"), "UNTIL=" + series.get("until", "") + "T235959")
    through = datetime.fromisoformat(series["through"] + "T23:59:59")
    zone = ZoneInfo(series["timeZone"])
    for local in rrulestr(rule, dtstart=start):
        if local > through:
            return
        yield local.replace(tzinfo=zone).astimezone(timezone.utc)


def text(event, name):
    value = event.get(name)
    return None if value is None else str(value)


def differences(path):
    wanted = json.loads(path.with_suffix(".json").read_text())
    calendar = Calendar.from_ical(path.read_bytes())
    events = calendar.walk("VEVENT")
    starts = [instant for series in wanted["series"] for instant in instants(series)]
    if len(events) != len(starts) or len(events) != len(wanted["events"]):
        yield f"{path.name}: {len(events)} events, {len(starts)} instants"
        return
    for event, start, told in zip(events, starts, wanted["events"]):
        found = event.decoded("dtstart").astimezone(timezone.utc)
        if found != start:
            yield f"{path.name}: {told['uid']} starts at {found}, not at {start}"
        for name, value in told.items():
            if text(event, name) != value:
                yield f"{path.name}: {name} is {text(event, name)!r}, not {value!r}"


def main():
    paths = sorted(Path(sys.argv[1]).glob("*.ics"))
    found = [fault for path in paths for fault in differences(path)]
    events = sum(len(Calendar.from_ical(path.read_bytes()).walk("VEVENT")) for path in paths)
    for fault in found[:20]:
        print(fault)
    print(f"{events} events of {len(paths)} calendars compared, {len(found)} differ")


main()
