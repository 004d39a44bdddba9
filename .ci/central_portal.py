#!/usr/bin/env python3
"""A stand-in for central.sonatype.com: takes the bundle that Maven uploads and validates it by Maven Central's rules
(https://central.sonatype.org/publish/requirements/), as the real one does, so that a release can be tried without publishing.

  central_portal.py BUNDLE COMMAND...   runs COMMAND with CENTRAL_URL set, keeps the upload in BUNDLE, exit code of COMMAND
  central_portal.py BUNDLE              validates a bundle that is there already; exit code 1 if a rule is broken

Signatures are verified with gpg and the keys in GNUPGHOME.
"""
import hashlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import xml.etree.ElementTree as ElementTree
import zipfile

GROUP = "io.github.gwlb4j"
PUBLISHED = {"gwlb4j-parent", "gwlb4j-bom", "geneve-codec", "linux-tun", "gwlb-tunnel", "gwlb-simulator"}
POM_RULES = ["name", "description", "url", "inceptionYear", "organization/name", "licenses/license/name", "licenses/license/url",
             "developers/developer/name", "developers/developer/url", "scm/connection", "scm/developerConnection", "scm/url",
             "issueManagement/url"]
NOT_INHERITED = {"name"}
URLS = {"url", "scm/url", "issueManagement/url"}


class Pom:
    def __init__(self, file):
        self.root = ElementTree.parse(file).getroot()
        for element in self.root.iter():
            element.tag = element.tag.rpartition("}")[2]

    def text(self, path):
        return (self.root.findtext(path) or "").strip()

    def inherited(self, path, poms):
        """The value by Maven's rules for inheritance; the parents must be in the bundle."""
        pom = self
        while pom:
            if pom.text(path):
                return pom.text(path)
            pom = None if path in NOT_INHERITED else poms.get(pom.text("parent/artifactId"))
        return ""


def validate(folder):
    """Every broken rule in one line."""
    files = {str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file()}
    poms = {pathlib.PurePath(f).parts[-3]: Pom(folder / f) for f in sorted(files) if f.endswith(".pom")}
    errors = []
    if set(poms) != PUBLISHED:
        errors.append(f"published are {sorted(poms)}, expected {sorted(PUBLISHED)}")
    for artifact, pom in poms.items():
        errors += [f"{artifact}: {e}" for e in validate_pom(artifact, pom, poms)]
        version = pom.text("version") or pom.text("parent/version")
        base = f"{GROUP.replace('.', '/')}/{artifact}/{version}/{artifact}-{version}"
        needed = [".pom"]
        if (pom.text("packaging") or "jar") != "pom":
            needed += [".jar", "-sources.jar", "-javadoc.jar", "-cyclonedx.json"]
        errors += [f"{base}{n} is missing" for n in needed if base + n not in files]
        errors += [f"{f}: neither {base}* nor another artifact" for f in files if f"/{artifact}/" in f and not f.startswith(base)]
    for file in sorted(files):
        if not file.endswith((".asc", ".md5", ".sha1", ".sha256", ".sha512")):
            errors += validate_file(folder, file, files)
    return errors


def validate_pom(artifact, pom, poms):
    errors = [f"the pom has no {path}" for path in POM_RULES if not pom.inherited(path, poms)]
    errors += [f"{path} is {pom.inherited(path, poms)}" for path in URLS if not re.fullmatch(r"https://\S+", pom.inherited(path, poms))]
    if pom.inherited("url", poms).endswith("/" + artifact):
        errors.append("the url has the artifact's name appended: child.project.url.inherit.append.path is missing")
    if pom.inherited("groupId", poms) != GROUP or pom.text("artifactId") != artifact:
        errors.append("coordinates differ from the path")
    if "SNAPSHOT" in ElementTree.tostring(pom.root, "unicode"):
        errors.append("the pom says SNAPSHOT")
    if pom.text("parent/artifactId") and pom.text("parent/artifactId") not in poms:
        errors.append(f"its parent {pom.text('parent/artifactId')} is not published")
    if pom.root.find("repositories") is not None or pom.root.find("pluginRepositories") is not None:
        errors.append("names repositories of its own")
    if artifact == "gwlb4j-bom":
        managed = {d.findtext("artifactId") for d in pom.root.findall("dependencyManagement/dependencies/dependency")}
        if managed != PUBLISHED - {"gwlb4j-bom", "gwlb4j-parent"} or pom.root.find("parent") is not None:
            errors.append(f"manages {sorted(managed)}, or has a parent whose versions it would bring along")
    return errors


def validate_file(folder, file, files):
    errors = []
    for algorithm in ("md5", "sha1"):
        checksum = folder / f"{file}.{algorithm}"
        if not checksum.is_file():
            errors.append(f"{file}: no .{algorithm}")
        elif checksum.read_text().split()[0] != hashlib.new(algorithm, (folder / file).read_bytes()).hexdigest():
            errors.append(f"{file}: wrong .{algorithm}")
    if f"{file}.asc" not in files:
        errors.append(f"{file}: not signed")
    elif subprocess.run(["gpg", "--batch", "--verify", folder / f"{file}.asc", folder / file], capture_output=True).returncode:
        errors.append(f"{file}: bad signature")
    if file.endswith(".jar"):
        with zipfile.ZipFile(folder / file) as jar:
            if not any(name.endswith((".class", ".java", ".html")) for name in jar.namelist()):
                errors.append(f"{file}: is empty")
    return errors


def validate_bundle(bundle):
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
        return validate(pathlib.Path(folder)), len(archive.namelist())


class Portal(http.server.BaseHTTPRequestHandler):
    bundle = None
    state = {"deploymentId": "1", "deploymentState": "PENDING", "errors": {}}

    def do_POST(self):
        body = self.body()
        if self.path.startswith("/api/v1/publisher/upload"):
            boundary = b"\r\n--" + re.search("boundary=([^;]+)", self.headers["Content-Type"]).group(1).strip('"').encode()
            start = body.index(b"\r\n\r\n") + 4
            Portal.bundle.write_bytes(body[start:body.index(boundary, start)])
            errors, files = validate_bundle(Portal.bundle)
            Portal.state.update(deploymentState="FAILED" if errors else "VALIDATED", errors={"bundle": errors} if errors else {})
            print(f"portal: {files} files by {self.headers['Authorization'].split()[0]}: {Portal.state['deploymentState']}", flush=True)
            self.answer(201, "text/plain", "1")
        elif self.path.startswith("/api/v1/publisher/status"):
            self.answer(200, "application/json", json.dumps(Portal.state))
        else:
            self.answer(404, "text/plain", self.path)

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, status, kind, text):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass


def main():
    Portal.bundle = pathlib.Path(sys.argv[1]).absolute()
    if len(sys.argv) > 2:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Portal)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        code = subprocess.run(sys.argv[2:], env=os.environ | {"CENTRAL_URL": f"http://127.0.0.1:{server.server_port}"}).returncode
        for error in Portal.state["errors"].get("bundle", []):
            print("portal: " + error)
        if not code and Portal.state["deploymentState"] != "VALIDATED":
            print("portal: nothing was uploaded")
            code = 1
        return code
    errors, files = validate_bundle(Portal.bundle)
    print("\n".join(errors) or f"{files} files, no rule broken")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
