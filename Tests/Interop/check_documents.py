"""What the documents tell an operator to write or run, written and run."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import daemon
import streams
from harness import Skipped, check, expect, wait_until

ROOT = Path(__file__).resolve().parents[2]

#: The language of a fence, the file's name, and what runs it.
LANGUAGES = {
    "sh": ("make.sh", ["sh"]),
    "python": ("make.py", ["python3"]),
    "js": ("make.js", ["node"]),
    "php": ("make.php", ["php"]),
    "go": ("make.go", ["go", "run"]),
    "ruby": ("make.rb", ["ruby"]),
}


def fences(path, begin):
    """The fenced blocks behind a heading, by language."""
    text = (ROOT / path).read_text().split(f"\n## {begin}\n", 1)[1].split("\n## ")[0]
    return dict(re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL))


@check("documents: the credential that each language makes is accepted", only="turnstone")
def credentials(context):
    server = context.serve("use-auth-secret", f"static-auth-secret={daemon.SECRET}", user=False)
    blocks = fences("docs/credentials.md", "Make them yourself")
    expect(set(blocks) == set(LANGUAGES), f"the document has {sorted(blocks)}")
    ran = []
    for language, (name, command) in LANGUAGES.items():
        if not shutil.which(command[0]):
            continue
        path = context.folder / name
        path.write_text(blocks[language])
        result = subprocess.run(
            [*command, path], capture_output=True, text=True, timeout=30, cwd=context.folder,
            env={**os.environ, "SECRET": daemon.SECRET, "GO111MODULE": "off", "GOFLAGS": "",
                 "GOCACHE": str(ROOT / ".build/go-cache"), "HOME": str(context.folder)})
        expect(result.returncode == 0, f"{language}: {result.stderr}")
        user, password = result.stdout.split()
        server.client(user=user, password=password).allocated()
        ran.append(language)
    expect({"sh", "python"} <= set(ran), f"only {ran} ran")


def nginx(context, text):
    """Starts nginx with this configuration, which must be one that it accepts."""
    if not shutil.which("nginx"):
        raise Skipped("nginx is not installed")
    path = context.folder / "nginx.conf"
    path.write_text(text)
    command = ["nginx", "-c", path, "-p", context.folder, "-e", context.folder / "error.log"]
    code, output = context.run(*command, "-t", seconds=10)
    expect(code == 0, f"nginx -t: {output}")
    process = subprocess.Popen(
        [*map(str, command), "-g", "daemon off;"], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, start_new_session=True)
    context.stack.callback(daemon.finish, process)


def head(folder):
    modules = "".join(
        f"load_module {path};\n"
        for path in sorted(Path("/usr/lib/nginx/modules").glob("ngx_stream_module.so")))
    return (f"{modules}pid {folder}/nginx.pid;\nworker_processes 1;\n"
            "events { worker_connections 256; }\n")


def paths(folder):
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "".join(f"{name}_temp_path {folder}/{name};\n" for name in names)


def certificate(context, name):
    key, cert = context.folder / "key.pem", context.folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
         "-keyout", key, "-out", cert], check=True, capture_output=True, timeout=20)
    os.chmod(key, 0o644)
    return cert, key


def is_open(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def upgrade(port, name):
    """The first line of the answer to a WebSocket's request."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as stream:
        stream.sendall((
            f"GET /ws HTTP/1.1\r\nHost: {name}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Origin: https://{name}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
        return stream.recv(4096).decode().split("\r\n")[0]


@check("documents: a WebSocket through nginx with the sample of etc/", only="turnstone")
def behind_nginx(context):
    server = context.serve("token-key=main:HS256:0123456789abcdef0123456789abcdef",
                           "public-name=calls.example.org")
    cert, key = certificate(context, "calls.example.org")
    web, secure = context.port + 5, context.port + 6
    sample = (ROOT / "etc/nginx/turnstone.conf").read_text()
    sample = sample.replace("127.0.0.1:3478", f"127.0.0.1:{server.port}")
    sample = re.sub(r"listen \[::\]:\d+[^;]*;", "", sample)
    sample = sample.replace("listen 80;", f"listen 127.0.0.1:{web};")
    sample = sample.replace("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;")
    sample = re.sub(r"ssl_certificate /[^;]*;", f"ssl_certificate {cert};", sample)
    sample = re.sub(r"ssl_certificate_key /[^;]*;", f"ssl_certificate_key {key};", sample)
    nginx(context, f"{head(context.folder)}http {{\naccess_log off;\n{paths(context.folder)}"
                   f"{sample}}}\n")
    wait_until(context, "nginx listens", lambda: is_open(web))
    first = upgrade(web, "calls.example.org")
    expect(first == "HTTP/1.1 101 Switching Protocols", f"through nginx: {first}")
    code, text = context.run(
        "curl", "-s", "--cacert", cert, "--resolve", f"calls.example.org:{secure}:127.0.0.1",
        f"https://calls.example.org:{secure}/healthz", seconds=10)
    expect(code == 0 and "ok" in text, f"{code}: {text}")


@check("documents: TURN and a web site share one port by nginx's stream sample", only="turnstone")
def shared_port(context):
    if not Path("/usr/lib/nginx/modules/ngx_stream_module.so").exists():
        raise Skipped("libnginx-mod-stream is not installed")
    cert, key = certificate(context, "turn.example.org")
    shared, proxied, site = context.port + 5, context.port + 6, context.port + 7
    server = context.serve(f"cert={cert}", f"pkey={key}", f"tcp-proxy-port={proxied}",
                           "rfc5766-channel-numbers", "token-key=main:HS256:" + 4 * "01234567")
    sample = (ROOT / "etc/nginx/turnstone-stream.conf").read_text()
    sample = sample.replace("127.0.0.1:5443", f"127.0.0.1:{proxied}")
    sample = sample.replace("127.0.0.1:8443", f"127.0.0.1:{site}")
    sample = re.sub(r"listen \[::\]:443;", "", sample)
    sample = sample.replace("listen 443;", f"listen 127.0.0.1:{shared};")
    nginx(context, f"""{head(context.folder)}{sample}
http {{
access_log off;
{paths(context.folder)}
server {{
    listen 127.0.0.1:{site} ssl proxy_protocol;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    set_real_ip_from 127.0.0.1;
    real_ip_header proxy_protocol;
    location / {{ return 200 "the web site"; }}
}}
}}
""")
    wait_until(context, "nginx listens", lambda: is_open(shared))

    def page(name, path):
        code, text = context.run(
            "curl", "-sk", "--resolve", f"{name}:{shared}:127.0.0.1",
            f"https://{name}:{shared}{path}", seconds=10)
        expect(code == 0, f"{name}: curl {code}")
        return text

    expect(page("www.example.org", "/") == "the web site", "the web site does not answer")
    expect("ok" in page("turn.example.org", "/healthz"), "Turnstone does not answer")
    code, text = context.run(
        "turnutils_uclient", "-y", "-c", "-t", "-S", "-n", "5", "-m", "1", "-p", str(shared),
        "-u", daemon.USER, "-w", daemon.PASSWORD, "127.0.0.1", seconds=20)
    expect(code == 0, f"turnutils_uclient: {code}: {text[-800:]}")
    came = "tot_recv_msgs=20" in text.replace(" ", "") or "Total lost packets 0" in text
    expect(came, text[-800:])
    streams.StreamClient(
        ("127.0.0.1", shared), tls=ssl.create_default_context(cafile=str(cert)),
        name="turn.example.org", user=daemon.USER, password=daemon.PASSWORD).allocated()


@check("documents: the rules for nftables are accepted", only="turnstone")
def firewall(context):
    if not shutil.which("nft"):
        raise Skipped("nft is not installed")
    text = (ROOT / "docs/firewall.md").read_text().split("\n## nftables\n")[1].split("\n## ")[0]
    tables = re.findall(r"^    table .*?^    }$", text, re.DOTALL | re.MULTILINE)
    expect(len(tables) == 2, f"{len(tables)} tables in the document")
    rules = context.folder / "rules.nft"
    rules.write_text("\n".join(tables) + "\n")
    # In a network of its own, where they bind nobody.
    code, output = context.run("unshare", "--net", "nft", "-f", rules, seconds=10)
    expect(code == 0, output)


@check("documents: certbot's hook hands the certificate to the service", only="turnstone")
def deploy_hook(context):
    text = (ROOT / "docs/install.md").read_text()
    hook = re.search(r"<<'HOOK'\n(.*?)\n    HOOK", text, re.DOTALL)[1]
    target = context.folder / "tls"
    target.mkdir()
    script = context.folder / "hook"
    # The user of the service is not on every machine that tests.
    script.write_text(re.sub(r"^    ", "", hook, flags=re.MULTILINE).replace(
        "/etc/turnstone/tls", str(target)).replace("-g turnstone", "-g nogroup") + "\n")
    certificate(context, "turn.example.org")
    live = context.folder / "live"
    live.mkdir()
    (context.folder / "cert.pem").rename(live / "fullchain.pem")
    (context.folder / "key.pem").rename(live / "privkey.pem")
    code, output = context.run("env", f"RENEWED_LINEAGE={live}", "sh", script, seconds=10)
    expect(code == 0, output)
    expect((target / "privkey.pem").stat().st_mode & 0o777 == 0o640, "mode of the key")
    expect((target / "fullchain.pem").read_bytes() == (live / "fullchain.pem").read_bytes(), "")
