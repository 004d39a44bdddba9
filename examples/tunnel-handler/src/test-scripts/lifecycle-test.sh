#!/usr/bin/env bash
# shellcheck disable=SC2016,SC2034,SC2154
# Tests ../../deploy/aws/lifecycle.sh against a stand-in for the instance metadata service on loopback, with stand-ins for aws and
# systemctl. Exit 0: passed; 1: failed. Needs curl and python3.
set -uo pipefail
cd "$(dirname "$0")" || exit
WORK=$(mktemp -d) PIDS=() PASSED=0 FAILED=0
trap 'for pid in "${PIDS[@]}"; do kill "$pid" 2>/dev/null; done; wait 2>/dev/null; rm -rf "$WORK"' EXIT

check() {
    if eval "$2"; then echo "PASS: $1"; PASSED=$((PASSED + 1))
    else echo "FAIL: $1: not true: $2"; sed 's/^/      /' "$WORK/calls" "$WORK/log"; FAILED=$((FAILED + 1)); fi
}

# The metadata service: a token by PUT only, values with the token only; the target state is what the file says.
cat >"$WORK/metadata.py" <<'END'
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
VALUES = {"instance-id": "i-0123", "placement/region": "eu-test-1"}
class Handler(BaseHTTPRequestHandler):
    def reply(self, status, body=""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())
    def do_PUT(self):
        self.reply(200, "secret") if self.headers["X-aws-ec2-metadata-token-ttl-seconds"] else self.reply(400)
    def do_GET(self):
        name = self.path.removeprefix("/latest/meta-data/")
        if self.headers["X-aws-ec2-metadata-token"] != "secret":
            self.reply(401)
        elif name == "autoscaling/target-lifecycle-state":
            state = Path(sys.argv[1]).read_text().strip()
            self.reply(200, state) if state else self.reply(404, "<html>Not Found</html>")
        else:
            self.reply(200, VALUES[name]) if name in VALUES else self.reply(404)
    def log_message(self, *args):
        pass
server = HTTPServer(("127.0.0.1", 0), Handler)
Path(sys.argv[2]).write_text(str(server.server_port))
server.serve_forever()
END
mkdir "$WORK/bin"
cat >"$WORK/bin/aws" <<'END'
#!/bin/sh
echo "aws $*" >>"$CALLS"
END
# Stopping takes until the file "active" is gone; it is "deactivating" meanwhile, as systemd says.
cat >"$WORK/bin/systemctl" <<'END'
#!/bin/sh
echo "systemctl $*" >>"$CALLS"
case "$*" in
    *stop*) touch "$STATE/stopping" ;;
    *is-active*) [ -e "$STATE/active" ] && [ ! -e "$STATE/stopping" ] ;;
    *show*) if [ -e "$STATE/active" ]; then echo deactivating; else echo inactive; fi ;;
esac
END
chmod +x "$WORK/bin/aws" "$WORK/bin/systemctl"
touch "$WORK/calls" "$WORK/active" "$WORK/target" "$WORK/log"

python3 "$WORK/metadata.py" "$WORK/target" "$WORK/port" & PIDS+=($!)
for _ in $(seq 50); do [ -s "$WORK/port" ] && break; sleep 0.1; done
start() {
    env CALLS="$WORK/calls" STATE="$WORK" PATH="$WORK/bin:$PATH" GWLBTUN_POLL_SECONDS=0.2 GWLBTUN_ASG=group GWLBTUN_LIFECYCLE_HOOK=drain \
        GWLBTUN_METADATA_URL="http://127.0.0.1:$(cat "$WORK/port")" ../../deploy/aws/lifecycle.sh >"$WORK/log" 2>&1 & PIDS+=($!)
}
start
sleep 1
check "outside an autoscaling group nothing is called" '[ ! -s "$WORK/calls" ]'
echo InService >"$WORK/target"
sleep 1
check "in service nothing is called" '[ ! -s "$WORK/calls" ]'
echo Terminated >"$WORK/target"
sleep 1.5
check "at the end of the instance the handler is stopped" 'grep -q "systemctl stop --no-block gwlbtun.service" "$WORK/calls"'
check "while it drains the action is prolonged" '[ "$(grep -c "aws autoscaling record-lifecycle-action-heartbeat .*--instance-id i-0123" "$WORK/calls")" -ge 2 ]'
check "and not completed" '! grep -q complete-lifecycle-action "$WORK/calls"'
rm "$WORK/active"
sleep 1
check "when it has drained the action is completed" 'grep -q "aws autoscaling complete-lifecycle-action --region eu-test-1 --lifecycle-hook-name drain --auto-scaling-group-name group --instance-id i-0123 --lifecycle-action-result CONTINUE" "$WORK/calls"'
check "once" '[ "$(grep -c complete-lifecycle-action "$WORK/calls")" = 1 ]'
wait "${PIDS[1]}"
status=$?
check "it ends well" '[ $status = 0 ]'
check "without settings it says what is missing" '! ../../deploy/aws/lifecycle.sh 2>"$WORK/log" && grep -q "GWLBTUN_LIFECYCLE_HOOK.*lifecycle.env" "$WORK/log"'
echo "$PASSED passed, $FAILED failed"
[ $FAILED = 0 ]
