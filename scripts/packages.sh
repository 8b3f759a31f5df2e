# Sourced by the other scripts: installs Debian packages that are missing, and only those.

# need PACKAGE...: quiet where everything is there. Wants root, or sudo.
need() {
    local missing=() package as_root=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q ' installed$' \
            || missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] && return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "missing: ${missing[*]}; run this as root, or install sudo or the packages" >&2
            return 1
        }
        as_root=(sudo)
    fi
    echo "installing ${missing[*]}"
    local log
    log=$(mktemp)
    # coturn's package would start its own server, which would hold the port: exit code 101 of
    # this file tells Debian to leave services alone, for as long as we install.
    local policy=/usr/sbin/policy-rc.d
    local ours=no
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
        "${as_root[@]}" chmod 755 "$policy"
        ours=yes
    fi
    local done=no
    if install_quietly >"$log" 2>&1; then
        done=yes
    elif "${as_root[@]}" apt-get update >>"$log" 2>&1 && install_quietly >>"$log" 2>&1; then
        done=yes
    fi
    [ "$ours" = no ] || "${as_root[@]}" rm -f "$policy"
    [ "$done" = yes ] || tail -n 20 "$log" >&2
    rm -f "$log"
    [ "$done" = yes ]
}

# Reads as_root and missing of its caller.
install_quietly() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y \
        --no-install-recommends "${missing[@]}"
}

need_swift() {
    command -v swift >/dev/null || {
        echo "swift is not in PATH: install the Swift 6.3 toolchain first" >&2
        return 1
    }
}
