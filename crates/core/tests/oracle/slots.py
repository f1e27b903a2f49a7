#!/usr/bin/env python3
"""Slots of random schedules by another program: croniter on the bare wall clock, zoneinfo for the instants.

Prints one case a line, tab-separated, for crates/core/tests/all/schedule_oracle.rs:

    expression, zone, after, until, slots

`after` (exclusive) and `until` (inclusive) are minutes since the Unix epoch; `slots` are minutes after `after`, at most
--most of them, or the word `never` for a date that never comes.

croniter itself is asked about naive times only. On zone-aware times it runs a fixed time twice where the clock goes
back and drops a time under an hour of `*` where it goes forward, which is not cachekeep's rule. The rule for
those is written here a second time, minute by minute, on Python's own zone data.

Usage: slots.py --seed N --cases N [--most N]      (needs croniter; Python 3.9 or later)
"""

import argparse
import random
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterBadDateError

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
# Zones whose clocks do something worth testing: changes at midnight, by half an hour, by two hours, by a whole day,
# backwards in summer, in the middle of the year, or never.
ZONES = """UTC Europe/Zurich Europe/Dublin Europe/London America/New_York America/St_Johns America/Sao_Paulo
America/Havana America/Caracas America/Santiago Asia/Kathmandu Asia/Beirut Asia/Amman Asia/Tehran Asia/Pyongyang
Africa/Casablanca Africa/Cairo Australia/Lord_Howe Australia/Sydney Antarctica/Troll Pacific/Apia
Pacific/Chatham Pacific/Auckland""".split()
# Both ends lie in the past, so that every edition of the time zone database says the same about them.
FIRST, LAST = datetime(2009, 1, 1, tzinfo=UTC), datetime(2024, 12, 1, tzinfo=UTC)


class Dice:
    """Random choices from `random()` alone, the one method whose numbers Python promises to keep for a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def randrange(self, below):
        return int(self.random() * below)

    def randint(self, low, high):
        return low + self.randrange(high - low + 1)

    def choice(self, items):
        return items[self.randrange(len(items))]

    def sample(self, items, count):
        items, found = list(items), []
        for _ in range(count):
            found.append(items.pop(self.randrange(len(items))))
        return found


def transitions(zone):
    """An instant within the hour after each change of the zone's offset."""

    def offset(instant):
        return instant.astimezone(zone).utcoffset()

    found, instant = [], FIRST
    while instant < LAST:
        day_later = instant + timedelta(days=1)
        if offset(day_later) != offset(instant):
            before = instant
            while offset(instant) == offset(before):
                instant += timedelta(hours=1)
            found.append(instant)
        instant = day_later
    return found


def numbers(rng, low, high, last):
    """One field that is not a bare `*`: its text with numbers, and whether any wildcard stands in it."""

    def item():
        kind = rng.randrange(6)
        if kind == 0:
            return f"*/{rng.randint(1, high - low + 1)}"
        if kind == 1:
            return f"{rng.randint(low, last)}/{rng.randint(1, high - low + 1)}"
        if kind in (2, 3):
            start, end = sorted(rng.sample(range(low, high + 1), 2))
            step = f"/{rng.randint(1, 6)}" if kind == 3 else ""
            return f"{start}-{end}{step}"
        return str(rng.randint(low, high))

    return ",".join(item() for _ in range(rng.choice([1, 1, 1, 2, 3])))


def named(rng, text, names, first):
    """The same field with some of its single numbers as names."""
    items = []
    for item in text.split(","):
        if item.isdigit() and int(item) - first in range(len(names)) and rng.random() < 0.5:
            name = names[int(item) - first]
            item = rng.choice([name, name.lower(), name.capitalize()])
        items.append(item)
    return ",".join(items)


def shifted(text):
    """A day-of-week field in AWS's numbering: one more than cron's, without cron's 7."""
    items = []
    for item in text.split(","):
        base, slash, step = item.partition("/")
        if base != "*":
            base = "-".join(str(int(number) + 1) for number in base.split("-"))
        items.append(base + slash + step)
    return ",".join(items)


def field(rng, stars, low, high, last=None):
    return "*" if rng.random() < stars else numbers(rng, low, high, high if last is None else last)


def wildcard_inside(text):
    return "*" in text and text != "*"


def is_full(text, low, high):
    """Whether a field that is not a bare `*` matches everything all the same."""
    values = set()
    for item in text.split(","):
        base, _, step = item.partition("/")
        start, _, end = base.partition("-")
        if base == "*":
            start, end = low, high
        elif not end:
            end = high if step else start
        values |= set(range(int(start), int(end) + 1, int(step or 1)))
    return text != "*" and len({value % 7 for value in values} if high == 6 else values) == high - low + 1


def days(rng):
    """Day of month and day of week, leaving out the one pair of forms that croniter reads in a way of its own: one
    field full but not `*`, the other with a step over `*`."""
    while True:
        day, weekday = field(rng, 0.6, 1, 31), field(rng, 0.6, 0, 7 if rng.random() < 0.3 else 6, 6)
        odd = (is_full(day, 1, 31) and wildcard_inside(weekday)) or (
            is_full(weekday, 0, 6) and wildcard_inside(day)
        )
        if not odd:
            return day, weekday


def five_field(rng):
    """An expression and what croniter is asked."""
    minute, hour = field(rng, 0.15, 0, 59), field(rng, 0.3, 0, 23)
    day, weekday = days(rng)
    month = field(rng, 0.75, 1, 12)
    asked = f"{minute} {hour} {day} {month} {weekday}"
    text = f"{minute} {hour} {day} {named(rng, month, MONTHS, 1)} {named(rng, weekday, DAYS, 0)}"
    return text, asked, None


def aws(rng):
    minute, hour, month = field(rng, 0.15, 0, 59), field(rng, 0.3, 0, 23), field(rng, 0.75, 1, 12)
    years = rng.choice([None, None, None, (2012, 2019), (2016, 2024)])
    year = "*" if years is None else f"{years[0]}-{years[1]}"
    month_text = named(rng, month, MONTHS, 1)
    if rng.random() < 0.5:
        day = field(rng, 0.3, 1, 31)
        return f"cron({minute} {hour} {day} {month_text} ? {year})", f"{minute} {hour} {day} {month} *", years
    weekday = field(rng, 0.3, 0, 6)
    weekday_text = weekday if weekday == "*" else named(rng, shifted(weekday), DAYS, 1)
    return f"cron({minute} {hour} ? {month_text} {weekday_text} {year})", f"{minute} {hour} * {month} {weekday}", years


def end_of_month(rng):
    """Dates that few months have, and some that none has."""
    day = rng.choice(["29", "30", "31", "30,31"])
    month = ",".join(map(str, sorted(rng.sample([2, 4, 6, 9, 11], rng.randint(1, 3)))))
    text = f"0 {rng.randrange(24)} {day} {month} *"
    return text, text, None


def instant_of(naive, zone):
    """The one instant of a wall-clock time, by trying: the first of two, or the first minute that exists again."""
    while True:
        instant = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == naive:
            return instant
        naive += MINUTE


def naive_times(asked, years, start, end):
    """Matching wall-clock times from `start` to `end`."""
    walk = croniter(asked, start - MINUTE)
    while True:
        found = walk.get_next(datetime)
        if found > end:
            return
        if years is None or years[0] <= found.year <= years[1]:
            yield found


def slots(asked, years, zone_name, after, until, most):
    zone = ZoneInfo(zone_name)
    # Samoa's skipped day is the longest shift of a wall-clock time to its instant.
    margin = timedelta(hours=26 if zone_name == "Pacific/Apia" else 4)
    start = (after.astimezone(zone) - margin).replace(tzinfo=None)
    end = (until.astimezone(zone) + margin).replace(tzinfo=None)
    found = []
    for naive in naive_times(asked, years, start, end):
        instant = instant_of(naive, zone)
        if after < instant <= until and instant not in found[-1:]:
            found.append(instant)
        if len(found) == most or instant > until:
            break
    return found


def minutes(instant):
    return (instant - EPOCH) // MINUTE


def window(rng, changes, asked):
    """A window of time, usually from shortly before a clock change on, that holds a handful of slots."""
    if changes and rng.random() < 0.75:
        middle = rng.choice(changes)
    else:
        middle = FIRST + rng.random() * (LAST - FIRST)
    walk = croniter(asked, middle.replace(tzinfo=None))
    fifth = [walk.get_next(datetime) for _ in range(5)][-1].replace(tzinfo=UTC)
    length = min(max((fifth - middle) * 1.5, timedelta(hours=5)), timedelta(days=900))
    after = middle - rng.random() * min(length, timedelta(days=2))
    after = after.replace(second=0, microsecond=0)
    return after, after + length.total_seconds() // 60 * MINUTE


def rate(rng, most):
    number, (unit, size) = rng.randint(1, 40), rng.choice([("minute", 1), ("hour", 60), ("day", 1440)])
    after = FIRST + rng.randrange(8_000_000) * MINUTE
    step, start = number * size, minutes(after)
    until = start + step * 5
    found = [minute for minute in range(start + 1, until + 1) if minute % step == 0][:most]
    text = f"rate({number} {unit}{'' if number == 1 else 's'})"
    return text, start, until, ",".join(str(minute - start) for minute in found)


def case(rng, changes, most):
    zone = rng.choice(ZONES)
    kind = rng.random()
    if kind < 0.03:
        text, after, until, found = rate(rng, most)
        return text, zone, after, until, found
    text, asked, years = end_of_month(rng) if kind < 0.05 else five_field(rng) if kind < 0.75 else aws(rng)
    try:
        after, until = window(rng, changes[zone], asked)
    except CroniterBadDateError:
        return text, zone, 0, 0, "never"
    found = slots(asked, years, zone, after, until, most)
    start = minutes(after)
    return text, zone, start, minutes(until), ",".join(str(minutes(slot) - start) for slot in found)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--cases", type=int, required=True)
    parser.add_argument("--most", type=int, default=12)
    options = parser.parse_args()
    rng = Dice(options.seed)
    changes = {zone: transitions(ZoneInfo(zone)) for zone in ZONES}
    for _ in range(options.cases):
        sys.stdout.write("\t".join(str(part) for part in case(rng, changes, options.most)) + "\n")


if __name__ == "__main__":
    main()
