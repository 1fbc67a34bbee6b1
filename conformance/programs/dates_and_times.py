"""datetime: arithmetic and its limits, subclasses, zones written in Python, texts read and written, pickles, hashes."""
import copy
import pickle
import warnings
from datetime import UTC, MAXYEAR, date, datetime, time, timedelta, timezone, tzinfo


def show(function, *arguments, **keywords):
    try:
        print(repr(function(*arguments, **keywords)))
    except Exception as error:
        print(type(error).__name__, error)


class Zone(tzinfo):
    def utcoffset(self, moment):
        return timedelta(hours=2 if self.dst(moment) else 1)

    def dst(self, moment):
        return timedelta(hours=1) if moment is not None and 3 < moment.month < 11 else timedelta(0)

    def __repr__(self):
        return "Zone()"

    def tzname(self, moment):
        return "summer" if self.dst(moment) else "winter"


class Day(date):
    def __repr__(self):
        return f"Day {self.isoformat()}"


class Moment(datetime):
    pass


start = datetime(2024, 2, 28, 23, 59, 59, 999999)
for days, microseconds in (0, 1), (1, 1), (-60, 0), (366, -1), (10**6, 0), (10**9, 0):
    show(lambda: start + timedelta(days=days, microseconds=microseconds))
show(lambda: date(2024, 3, 1) - date(2023, 3, 1))
show(lambda: datetime(2024, 3, 1) - date(2023, 3, 1))
show(lambda: datetime(2024, 3, 1, tzinfo=UTC) - datetime(2024, 3, 1))
show(lambda: timedelta(days=1, seconds=-1) / 3)
show(lambda: timedelta(hours=1) // timedelta(minutes=7))
show(lambda: divmod(timedelta(days=-1), timedelta(seconds=7)))
show(lambda: timedelta(seconds=0.0000005) + timedelta(microseconds=2.5) * 1.5)
show(timedelta, 10**10)
for arguments in (2023, 2, 29), (0, 1, 1), (MAXYEAR + 1, 1, 1), (2023, 13, 1), ("a", 1, 1), (1,):
    show(date, *arguments)
show(Day, 2024, 5, 6)
show(lambda: Day(2024, 5, 6) + timedelta(30))
show(Day.fromisoformat, "2024-W06-3")
show(lambda: Moment(2024, 1, 1).replace(hour=5, tzinfo=Zone()))
show(Moment.combine, date(2024, 1, 2), time(3, 4, fold=1))
for text in "2024-06-01T12:30:15.123456+05:30", "20240601T24", "2024-06-01 12:30:15,5Z", "2024-13-01", "nothing":
    show(datetime.fromisoformat, text)
for text in "12:34:56.789-00:01:02.000003", "T1234", "24:00", "25:00":
    show(time.fromisoformat, text)
aware = datetime(2024, 7, 1, 12, tzinfo=Zone())
print(aware, aware.astimezone(UTC), aware.astimezone(timezone(timedelta(hours=-3), "west")), aware.timetuple().tm_isdst)
print(aware == datetime(2024, 7, 1, 10, tzinfo=UTC), hash(aware) == hash(datetime(2024, 7, 1, 10, tzinfo=UTC)))
print(datetime(2024, 1, 1) == datetime(2024, 1, 1, tzinfo=UTC), {date(2024, 1, 1): 1}[date(2024, 1, 1)])
show(lambda: datetime(2024, 1, 1) < datetime(2024, 1, 1, tzinfo=UTC))
show(lambda: date(2024, 1, 1) < datetime(2024, 1, 1))
print(aware.strftime("%Y-%m-%d %H:%M:%S.%f %z %:z %Z %j %U %a %b"), f"{aware:%d/%m/%y}", aware.isoformat("_", "minutes"))
show(datetime.strptime, "2024-07-01 10:11:12.5 +0130", "%Y-%m-%d %H:%M:%S.%f %z")
show(date(2024, 12, 30).isocalendar)
print(date(2024, 12, 30).ctime(), datetime.fromtimestamp(1e9, UTC), date.fromordinal(738000).toordinal())
for value in aware.replace(tzinfo=UTC), Moment(1, 2, 3, fold=1), timedelta(-1, 5, 7), time(1, 2, tzinfo=UTC), Day(1, 2, 3):
    again = [pickle.loads(pickle.dumps(value, protocol)) for protocol in range(6)] + [copy.deepcopy(value)]
    print(all(other == value and type(other) is type(value) for other in again), copy.replace is not None)
print(sorted(date(2000 + i * 7 % 11, i % 12 + 1, i % 28 + 1) for i in range(5)))
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(datetime.utcfromtimestamp(0))
print(caught[0].message)
