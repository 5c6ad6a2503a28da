"""What real servers read from a stream of bytes, over Unix sockets in the folder given.

Takes a stream per line, in hex; writes a line of JSON for it: per server, the method, target and Host of each
request that it took for one. The first line names the servers.
"""

import http.server
import json
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import threading
import time

FOLDER = sys.argv[1]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        length = self.headers.get("Content-Length")
        if length is not None:
            self.rfile.read(int(length))
        read = [self.command, self.path, self.headers.get("Host", "")]
        body = b"READ " + json.dumps(read).encode() + b"\n"
        self.send_response_only(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do_PATCH = answer

    def log_message(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def python(path):
    server = Server(path, Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()


NODE = r"""
require('http').createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end('READ ' + JSON.stringify(
    [request.method, request.url, request.headers.host || '']) + '\n'));
}).listen(process.argv[1]);
"""

NGINX = r"""
daemon off; master_process off; worker_processes 1; pid FOLDER/nginx.pid; error_log /dev/null;
events { worker_connections 64; }
http {
    access_log off; client_body_temp_path FOLDER/b; proxy_temp_path FOLDER/p;
    fastcgi_temp_path FOLDER/f; uwsgi_temp_path FOLDER/u; scgi_temp_path FOLDER/s;
    log_format read escape=json '"$request_method"';
    server { listen unix:PATH; location / { return 200 'READ ["$request_method", "$request_uri", "$host"]\n'; } }
}
"""


def node(path):
    return subprocess.Popen(["node", "-e", NODE, path], stderr=subprocess.DEVNULL)


def nginx(path):
    config = os.path.join(FOLDER, "nginx.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write(NGINX.replace("FOLDER", FOLDER).replace("PATH", path))
    return subprocess.Popen(["nginx", "-e", "/dev/null", "-c", config], stderr=subprocess.DEVNULL)


def read(path, stream):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(2)
    connection.connect(path)
    answer = b""
    try:
        connection.sendall(stream)
        connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(65536):
            answer += piece
    except OSError:
        pass  # Closed on us, or nothing more to come: what was said counts.
    finally:
        connection.close()
    found = []
    for line in answer.split(b"\n"):
        at = line.find(b"READ ")
        if at >= 0:
            text = line[at + 5 :].decode("latin-1")
            try:
                found.append(json.loads(text, strict=False))
            except ValueError:
                found.append(["?", text, ""])
    return found


def main():
    servers, processes = {}, []
    for name, start in {"python": python, "node": node, "nginx": nginx}.items():
        if name != "python" and shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
            continue
        path = os.path.join(FOLDER, name + ".socket")
        process = start(path)
        if process is not None:
            processes.append(process)
        servers[name] = path
    for path in servers.values():
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(path)
                break
            except OSError:
                time.sleep(0.01)  # It does not say when it listens.
    print(json.dumps(sorted(servers)), flush=True)
    try:
        for line in sys.stdin:
            stream = bytes.fromhex(line)
            print(json.dumps({name: read(path, stream) for name, path in servers.items()}), flush=True)
    finally:
        for process in processes:
            process.kill()


main()
