"""Memory and series of one server that is loaded for a long time."""
import contextlib
import statistics
import time

from . import lab, servers

# One turn: what some eighty seconds of full load are made of, beside the callers.
PACKETS = ["up:172:1000:1", "down:172:1000:1", "up:1200:1000:8", "down:1200:1000:8"]
PACKET_SECONDS = 15
STREAM_PACKETS = ["up:172:200:1", "down:1200:200:8"]
STREAM_SECONDS = 8
ALLOCATIONS = 4800
# Calls in a second beside all that, among so many people.
CALL_RATE = 100
CALLERS = 2000
# Before memory is compared, everything has happened that often.
WARMUP_TURNS = 3
# Of users in a turn: nobody comes back in the next one.
NAMES = 6000
# Whom the generator's own warm-up adds.
WARMUP_NAMES = 200
# Users whose rates the server remembers, so that coming back gains nobody a fresh allowance. They
# are a bounded table that fills before memory can be flat.
USERS_KEPT = 65_536
FIRST_KEPT = 1_000_000_000
# Runs of names for each sample; the first sample is the warm-up.
SAMPLE_RUNS = 8
# Of what is held: what an allocator moves back and forth without anything growing.
NOISE_SHARE = 0.01


class Sample:
    """What the server held once a turn was over."""

    def __init__(self, server, started):
        self.minutes = (time.monotonic() - started) / 60
        self.kilobytes = resident(server.pid)
        numbers = server.ask("metrics").splitlines()
        self.series = sum(1 for line in numbers if line and not line.startswith("#"))
        self.allocations = value(numbers, "turnstone_allocations ")

    def __str__(self):
        return (f"{self.minutes:6.1f} min  {self.kilobytes:8,} KB  {self.series} series  "
                f"{self.allocations:.0f} allocations")


def value(numbers, name):
    return sum(float(line.rsplit(" ", 1)[1]) for line in numbers if line.startswith(name))


def resident(pid):
    """Memory of its own, in KB; pages of the program's file are not counted."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    raise RuntimeError("the server is gone")


def everything(seconds):
    """Turns of full load for that long behind the warm-up; a sample for each."""
    series = []
    started = time.monotonic()
    with servers.turnstone("soak") as server, callers(server):
        for first in range(0, USERS_KEPT + NAMES, NAMES):
            users(server, FIRST_KEPT + first)
        turn = 0
        while turn < WARMUP_TURNS or series[-1].minutes < series[0].minutes + seconds / 60:
            relayed = one_turn(server, turn)
            sample = Sample(server, started)
            print(f"{sample}  {relayed:,.0f} packets/s", flush=True)
            turn += 1
            if turn >= WARMUP_TURNS:
                series.append(sample)
    return series


def one_turn(server, turn):
    """Returns the mean packets per second over UDP."""
    found = lab.generate("relay", server.pid, [
        "--seconds", str(PACKET_SECONDS), "--first-name", str(turn * NAMES), *PACKETS])
    lab.generate("stream", server.pid, [
        "--transport", "tls", "--port", str(servers.TLS_PORT), "--window", "512",
        "--seconds", str(STREAM_SECONDS), *STREAM_PACKETS])
    lab.generate("control", server.pid, [
        "--seconds", "2", "--flows", str(ALLOCATIONS),
        "--first-name", str(turn * NAMES + 1000)])
    return statistics.mean(found[name]["pps"] for name in PACKETS)


@contextlib.contextmanager
def callers(server):
    """The same people call each other all the time, from the server's own namespace."""
    generator = lab.begin("setup", server.pid, [
        "--secret", servers.CALLS_KEY, "--flows", str(CALLERS // 2), "--warmup", "1",
        "--seconds", "86400", str(CALL_RATE)], lab.SERVER)
    try:
        yield
        if generator.poll() is not None:
            raise RuntimeError("the callers gave up")
    finally:
        generator.terminate()
        generator.wait()


def names(count):
    """So many users, each for one allocation: who is gone must cost nothing."""
    series = []
    started = time.monotonic()
    with servers.turnstone("soak") as server:
        for first in range(0, count, NAMES):
            users(server, first)
            if first // NAMES % SAMPLE_RUNS == SAMPLE_RUNS - 1:
                series.append(Sample(server, started))
                print(f"{first + NAMES:9,} names  {series[-1]}", flush=True)
    return series[1:]


def users(server, first):
    """Each with one allocation that it gives back."""
    lab.generate("control", server.pid, [
        "--seconds", "0.1", "--flows", str(NAMES - WARMUP_NAMES), "--first-name", str(first)])


def slope(series):
    """Least squares: KB per minute, and its standard error."""
    xs = [sample.minutes for sample in series]
    ys = [sample.kilobytes for sample in series]
    mean_x, mean_y = statistics.mean(xs), statistics.mean(ys)
    spread = sum((x - mean_x) ** 2 for x in xs)
    rise = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys)) / spread
    rest = sum((y - mean_y - rise * (x - mean_x)) ** 2 for x, y in zip(xs, ys))
    return rise, (rest / max(1, len(series) - 2) / spread) ** 0.5


def is_flat(series):
    """In the later half zero lies within two standard errors, or what it would grow in an hour is
    noise. One step of a table that found its size in the first half is no slope."""
    later = series[len(series) // 2:]
    rise, error = slope(later)
    in_an_hour = 60 * rise
    held = statistics.mean(sample.kilobytes for sample in later)
    return ((rise <= 2 * error or in_an_hour <= NOISE_SHARE * held)
            and series[-1].series == series[0].series)


def verdict(series):
    parts = []
    for words, part in (("all", series), ("the later half", series[len(series) // 2:])):
        rise, error = slope(part)
        minutes = part[-1].minutes - part[0].minutes
        parts.append(f"{words}: {minutes:.0f} minutes, {len(part)} samples, "
                     f"{part[0].kilobytes:,} to {part[-1].kilobytes:,} KB, "
                     f"{rise:+.1f} KB/min (standard error {error:.1f})")
    parts.append(f"series: {series[0].series} at first, {series[-1].series} at last")
    parts.append("flat" if is_flat(series) else "IT GROWS")
    return "\n".join(parts)
