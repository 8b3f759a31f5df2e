"""What a load needs before it begins: rights, CPUs, packages, release builds."""
import os
import signal
import subprocess
import sys

PACKAGES = "coturn iproute2 ethtool openssl libssl-dev libcap-dev"


def prepare(is_built):
    # Whoever ends the load ends its servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    program = f"scripts/{os.path.basename(sys.argv[0])}"
    if os.geteuid() != 0:
        sys.exit(f"{program}: needs root, for network namespaces and packet sockets")
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit(f"{program}: needs two CPUs, one for the server and one for the generator")
    subprocess.run(
        ["bash", "-c", f". scripts/packages.sh; need_swift; need {PACKAGES}"], check=True)
    if is_built:
        return
    for product in ("turnstone", "bench"):
        subprocess.run(
            ["swift", "build", "-c", "release", "--product", product, "--static-swift-stdlib"],
            check=True)
