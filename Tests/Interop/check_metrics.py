"""Numbers for Prometheus, read by its own parser, while turnutils_uclient runs."""

import asyncio
import time

import certificates
from check_turnutils import peer, relayed, serve, uclient
from daemon import SECRET, USER
from harness import check, expect
from rest import ask
from scenarios import setting
from scenarios.talk import ANSWER, CONNECT, END, RING, Talk
from stun import rest_credential, rest_name

TOKEN = "numbers-for-the-monitor"


def text(context, token=TOKEN):
    answer = ask(context, "GET", "/metrics", token)
    expect(answer.status == 200, f"/metrics is {answer.status}")
    expect(answer.fields["content-type"].startswith("text/plain; version=0.0.4"),
           f"{answer.fields}")
    return answer.bytes.decode()


def families(context, token=TOKEN):
    """As Prometheus' own library reads them."""
    setting.foreign(context)
    from prometheus_client.parser import text_string_to_metric_families

    return text_string_to_metric_families(text(context, token))


def samples(context, token=TOKEN):
    """Every sample by name and labels."""
    found = {}
    for family in families(context, token):
        expect(family.documentation, f"{family.name} has no HELP")
        expect(family.type in ("counter", "gauge", "histogram"), f"{family.name}: {family.type}")
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            expect(key not in found, f"{key} twice")
            found[key] = sample.value
    return found


def total(found, name, **labels):
    return sum(
        value for (known, has), value in found.items()
        if known == name and all(dict(has).get(key) == labels[key] for key in labels))


@check("metrics: traffic, allocations, channels and permissions move while a client runs",
       only="turnstone")
def live(context):
    serve(context, f"admin-token={TOKEN}")
    before = samples(context)
    flags = peer(context)
    run = context.background(
        "turnutils_uclient", "-u", USER, "-w", "wonder-land", "-p", context.port, "-n", 400,
        "-m", 2, *flags, "127.0.0.1")
    seen = []
    # uclient sends nothing for some seconds after it has its allocations.
    while run.poll() is None and len(seen) < 4:
        time.sleep(0.4)
        now = samples(context)
        if total(now, "turnstone_relayed_packets_total", direction="down") > 0:
            seen.append(now)
    expect(len(seen) >= 3, "no traffic was ever seen")
    for name, direction in [("packets", "up"), ("packets", "down"), ("bytes", "up"),
                            ("bytes", "down")]:
        values = [total(now, f"turnstone_relayed_{name}_total", direction=direction)
                  for now in [before, *seen]]
        expect(sorted(set(values)) == values, f"{name} {direction}: {values}")
    middle = seen[1]
    # The parser puts _total behind the names of counters that have none, as coturn's.
    expect(total(middle, "turnstone_allocations", transport="udp", family="ipv4") > 0,
           "no allocation")
    expect(total(middle, "turnstone_channels") + total(middle, "turnstone_permissions") > 0,
           "neither channel nor permission")
    expect(total(middle, "turn_total_allocations", type="UDP")
           == total(middle, "turnstone_allocations"), "coturn's name says something else")
    expect(total(middle, "turn_total_traffic_rcvp_total")
           == total(middle, "turnstone_relayed_packets_total", direction="up"), "rcvp is not up")
    expect(total(middle, "turn_traffic_sentb_total", realm="turn.example.org")
           == total(middle, "turnstone_relayed_bytes_total", direction="down"), "sentb is not down")
    expect(total(middle, "turnstone_authentications_total", result="accepted") > 0,
           "nobody was accepted")
    expect(total(middle, "turnstone_worker_cpu_seconds_total") > 0, "no CPU time")
    expect(USER not in text(context), "a user's name is a label")


@check("metrics: refusals by code and cause, handshakes with their time, the process",
       only="turnstone")
def causes(context):
    server = serve(context, f"admin-token={TOKEN}", *certificates.Pair(context).lines)
    code, _ = uclient(context, "-n", 1, "-y", password="wrong")
    expect(code != 0, "a wrong password was taken")
    now = samples(context)
    expect(total(now, "turnstone_stun_refusals_total", code="401", cause="wrong-password") > 0,
           f"{[key for key in now if 'refusals' in key[0]]}")
    expect(total(now, "turnstone_authentications_total", result="wrong-password") > 0, "result")
    expect(total(now, "turnstone_authentications_total", result="asked") > 0, "asked")
    relayed(context, "-t", "-S", "-y", messages=5)
    now = samples(context)
    expect(total(now, "turnstone_handshakes_total", transport="tls") > 0, "no handshake")
    expect(total(now, "turnstone_handshake_seconds_count", transport="tls")
           == total(now, "turnstone_handshakes_total", transport="tls"), "times and handshakes")
    expect(total(now, "turnstone_allocations_opened_total", transport="tls") > 0, "no allocation")
    expect(total(now, "turnstone_certificate_expiry_timestamp_seconds") > time.time(), "expiry")
    resident = total(now, "process_resident_memory_bytes")
    expect(0.5 < resident / server.resident() < 2, f"{resident} of {server.resident()}")
    expect(abs(total(now, "process_start_time_seconds") - time.time()) < 120, "start time")
    expect(5 < total(now, "process_open_fds") < total(now, "process_max_fds"), "descriptors")
    expect(total(now, "turnstone_build_info") == 1, "build")


@check("metrics: a hundred rotating names leave the number of series as it was",
       only="turnstone")
def bounded(context):
    server = context.serve(f"admin-token={TOKEN}", f"static-auth-secret={SECRET}")
    server.client(user=rest_name(600), password="wrong").allocate()
    first = set(samples(context))
    for number in range(100):
        name = rest_name(600 + number, f"user{number}")
        server.client(user=name, password="wrong" if number % 2 else rest_credential(
            SECRET, name)).allocate()
    second = set(samples(context))
    expect(len(second - first) < 4, f"{sorted(second - first)}")


@check("metrics: a call and its allocation are counted while they last, lifetimes at their end",
       only="turnstone")
def during(context):
    async def story(scene):
        caller, callee = await scene.pair("metrics")
        relay = scene.server.client(user=rest_name(600), password=rest_credential(
            SECRET, rest_name(600)))
        call = await Talk(caller, callee).run([*RING, ANSWER])
        ringing = await asyncio.to_thread(samples, context)
        expect(total(ringing, "turnstone_calls_live") == 1, "no call")
        expect(total(ringing, "turnstone_calls_connect_seconds_count") == 0, "connected already")
        await asyncio.to_thread(relay.allocated)
        for step in CONNECT:
            await call.step(step)
        now = await asyncio.to_thread(samples, context)
        expect(total(now, "turnstone_calls_connect_seconds_count") == 1, "the call is not counted")
        expect(0 < total(now, "turnstone_calls_connect_seconds_sum") < 30, "the time")
        expect(total(now, "turnstone_allocations") == 1, "the allocation is not counted")
        expect(total(now, "turnstone_allocation_lifetime_seconds_count") == 0, "it lives")
        await call.step(END)
        await asyncio.to_thread(relay.refresh, 0)
        ended = await asyncio.to_thread(samples, context)
        expect(total(ended, "turnstone_calls_live") == 0, "the call goes on")
        expect(total(ended, "turnstone_calls_connect_seconds_count") == 1, "counted twice")
        expect(total(ended, "turnstone_allocations") == 0, "the allocation goes on")
        expect(total(ended, "turnstone_allocation_lifetime_seconds_count") == 1, "no life")
        expect(total(ended, "turnstone_allocation_lifetime_seconds_bucket", le="10.0") == 1, "le")

    setting.Setting(context, f"admin-token={TOKEN}", f"static-auth-secret={SECRET}").run(story)
