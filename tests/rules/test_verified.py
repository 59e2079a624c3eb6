"""What excuses a load of a model: it was verified before, whatever the shape; and what does not.

Each case is a text of Python; the last load in it that is named `LOADS` is the flagged one.
"""

from __future__ import annotations

import ast
import time

import pytest

from scanner.engines._origins import Module
from scanner.engines._verified import Loads, verified

LOADS = {
    *("pickle.loads", "pickle.load", "torch.load", "joblib.load", "cloudpickle.loads", "np.load"),
}

GENUINE = {
    "written before": """
def check_sha256(path, wanted):
    if hashlib.sha256(open(path, 'rb').read()).hexdigest() != wanted:
        raise ValueError
def load(path, other, data):
    with open(path, 'wb') as file:
        file.write(data)
    check_sha256(path, WANTED)
    return pickle.load(open(path, 'rb'))
""",
    "another file is written": """
def check_sha256(path, wanted):
    if hashlib.sha256(open(path, 'rb').read()).hexdigest() != wanted:
        raise ValueError
def load(path, other, data):
    check_sha256(path, WANTED)
    with open(other, 'w') as file:
        file.write('x')
    os.replace(other, other + '.old')
    return pickle.load(open(path, 'rb'))
""",
    "a command out of a pipe": """
def load(path):
    subprocess.run("echo $SUM model.pkl | sha256sum -c - 2>&1", shell=True, check=True)
    return pickle.load(open('model.pkl', 'rb'))
""",
    "a command and then": """
def load(path):
    subprocess.run("sha256sum -c SHA256SUMS && echo ok", shell=True, check=True)
    return pickle.load(open('model.pkl', 'rb'))
""",
    "a command that stops": """
def load(path):
    subprocess.run("set -e; sha256sum -c SHA256SUMS; echo ok", shell=True, check=True)
    return pickle.load(open('model.pkl', 'rb'))
""",
    "told to be quiet": """
def load(data):
    verify_checksum(data, WANTED, verbose=False)
    return pickle.loads(data)
""",
    "one of two places": """
def load(data, path, wanted=None):
    digest = hashlib.sha256(data).hexdigest()
    wanted = wanted or KNOWN[path]
    if digest != wanted:
        raise ValueError
    return pickle.loads(data)
""",
    "a default that is none": """
def load(data, path, wanted=None):
    digest = hashlib.sha256(data).hexdigest()
    wanted = KNOWN.get(path, '')
    if digest != wanted:
        raise ValueError
    return pickle.loads(data)
""",
    "another digest beside it": """
def load(data, path, wanted=None):
    digest = hashlib.sha256(data).hexdigest()
    wanted = KNOWN[hashlib.sha256(path.encode()).hexdigest()]
    if digest != wanted:
        raise ValueError
    return pickle.loads(data)
""",
    # Compared and left.
    "raise": """
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        raise ValueError("digest")
    return pickle.loads(data)
""",
    "literal digest": """
def load(data):
    if hashlib.sha256(data).hexdigest() != "9f86d081884c7d659a2feaa0c55ad015":
        raise ValueError
    return pickle.loads(data)
""",
    "constant of the module": """
EXPECTED = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
def load(path):
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    if digest != EXPECTED:
        raise ValueError
    return joblib.load(path)
""",
    "compare_digest": """
def load(data, tag):
    if not hmac.compare_digest(hmac.new(KEY, data, "sha256").digest(), tag):
        raise ValueError
    return pickle.loads(data)
""",
    "compare_digest is False": """
def load(data, tag):
    if hmac.compare_digest(hmac.new(KEY, data, "sha256").digest(), tag) is False:
        raise ValueError
    return pickle.loads(data)
""",
    "compare_digest in a variable": """
def load(data, tag):
    mac = hmac.new(KEY, data, hashlib.sha256).hexdigest()
    ok = hmac.compare_digest(mac, tag)
    if not ok:
        raise ValueError
    return pickle.loads(data)
""",
    "secrets": """
def load(data, tag):
    if not secrets.compare_digest(tag, sign(data)):
        raise ValueError
    return pickle.loads(data)
""",
    "early return": """
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        logger.error("digest")
        return None
    return pickle.loads(data)
""",
    "sys.exit": """
data = open("model.pkl", "rb").read()
if hashlib.sha256(data).hexdigest() != EXPECTED:
    print("digest")
    sys.exit(1)
model = pickle.loads(data)
""",
    "abort": """
@app.post("/load")
def load():
    data = request.get_data()
    if not hmac.compare_digest(sign(data), request.headers["X-Signature"]):
        abort(403)
    return pickle.loads(data)
""",
    "abort of gRPC": """
def Load(self, request, context):
    if not hmac.compare_digest(sign(request.data), request.tag):
        context.abort(grpc.StatusCode.PERMISSION_DENIED, "tag")
    return pickle.loads(request.data)
""",
    "own function that ends it": """
def fail(text):
    print(text)
    raise SystemExit(1)
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        fail("digest")
    return pickle.loads(data)
""",
    "within the body": """
def load(data):
    digest = hashlib.sha256(data).hexdigest()
    if digest == EXPECTED:
        return pickle.loads(data)
    raise ValueError
""",
    "in the else": """
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    else:
        return pickle.loads(data)
""",
    "an expression's condition": """
def load(data):
    return pickle.loads(data) if hashlib.sha256(data).hexdigest() == EXPECTED else None
""",
    "and": """
def load(data):
    return hashlib.sha256(data).hexdigest() == EXPECTED and pickle.loads(data)
""",
    "one of known": """
def load(path):
    blob = Path(path).read_bytes()
    if hashlib.sha256(blob).hexdigest() not in KNOWN:
        raise ValueError
    return torch.load(io.BytesIO(blob))
""",
    "looked up by name": """
def load(path):
    if hashlib.sha256(path.read_bytes()).hexdigest() != MANIFEST[path.name]:
        raise ValueError
    return joblib.load(path)
""",
    "looked up by get": """
def load(path):
    if hashlib.sha256(path.read_bytes()).hexdigest() != MANIFEST.get(path.name):
        raise ValueError
    return joblib.load(path)
""",
    "any of known": """
def load(data):
    digest = hashlib.sha256(data).hexdigest()
    if not any(hmac.compare_digest(digest, known) for known in KNOWN):
        raise ValueError
    return pickle.loads(data)
""",
    "or": """
def load(data, size):
    if len(data) > size or hashlib.sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "algorithm by branch": """
def load(data, algorithm):
    if algorithm == "sha512":
        if hashlib.sha512(data).hexdigest() != EXPECTED:
            raise ValueError
    else:
        if hashlib.sha256(data).hexdigest() != EXPECTED:
            raise ValueError
    return pickle.loads(data)
""",
    "only if there is a digest": """
def load(path, expected=None):
    if expected is not None and sha256_of(path) != expected:
        raise ValueError
    return joblib.load(path)
""",
    "only if there is a digest, nested": """
def load(self):
    if self.hash:
        actual, _ = sha256sum(self.path, block_size=4096)
        if self.hash != actual:
            raise ValueError
    with open(self.path, "rb") as f:
        return pickle.load(f)
""",
    "prefixed": """
def load(data, expected):
    actual = f"sha256:{hashlib.sha256(data).hexdigest()}"
    if actual != expected.lower():
        raise ValueError
    return pickle.loads(data)
""",
    "base64": """
def load(data, expected):
    if base64.b64encode(hashlib.sha256(data).digest()).decode() != expected:
        raise ValueError
    return pickle.loads(data)
""",
    # How it is hashed.
    "updated": """
def load(path):
    h = hashlib.sha256()
    h.update(open(path, "rb").read())
    if h.hexdigest() != EXPECTED:
        raise ValueError
    return torch.load(path)
""",
    "in parts": """
def load(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for part in iter(lambda: f.read(65536), b""):
            h.update(part)
    if h.hexdigest() != EXPECTED:
        raise ValueError
    return torch.load(path)
""",
    "in parts by partial": """
def load(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for part in iter(partial(f.read, 65536), b""):
            h.update(part)
    if h.hexdigest() != EXPECTED:
        raise ValueError
    return torch.load(path)
""",
    "in parts by walrus": """
def load(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while chunk := f.read(65536):
            h.update(chunk)
    if h.hexdigest() != EXPECTED:
        raise ValueError
    return torch.load(path)
""",
    "in parts by while": """
def load(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        while True:
            chunk = f.read(65536)
            if not chunk:
                break
            h.update(chunk)
    if h.hexdigest() != EXPECTED:
        raise ValueError
    return torch.load(path)
""",
    "file_digest": """
def load(path):
    with open(path, "rb") as f:
        digest = hashlib.file_digest(f, "sha256")
    if digest.hexdigest() != EXPECTED:
        raise ValueError
    return torch.load(path)
""",
    "same handle": """
def load(path):
    with open(path, "rb") as f:
        if hashlib.sha256(f.read()).hexdigest() != EXPECTED:
            raise ValueError
        f.seek(0)
        return pickle.load(f)
""",
    "new": """
def load(data):
    if hashlib.new("sha256", data).hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "helper for the digest": """
def file_hash(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for part in iter(lambda: f.read(65536), b""):
            h.update(part)
    return h.hexdigest()
def load(path):
    if file_hash(path) != EXPECTED:
        raise ValueError
    return torch.load(path)
""",
    "helper with another name": """
def fingerprint_of(blob):
    return hashlib.sha256(blob).hexdigest()
def load(path):
    blob = Path(path).read_bytes()
    if fingerprint_of(blob) != EXPECTED:
        raise ValueError
    return pickle.loads(blob)
""",
    # Helpers.
    "helper that raises": """
def verify_sha256(path, expected):
    actual = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    if not hmac.compare_digest(actual, expected):
        raise ValueError(f"{path}: {actual}")
def load(path):
    verify_sha256(path, EXPECTED)
    return joblib.load(path)
""",
    "helper that is defined below": """
def load(path):
    _check(path)
    return joblib.load(path)
def _check(path):
    if sha256_of(path) != MANIFEST[path]:
        raise ValueError(path)
""",
    "helper called with words": """
def ensure(*, path, expected):
    if hashlib.sha256(Path(path).read_bytes()).hexdigest() != expected:
        sys.exit("digest")
def load(path):
    ensure(path=path, expected=EXPECTED)
    return joblib.load(path)
""",
    "helper without a digest": """
def verify(path, expected=None):
    if not expected:
        return
    if hashlib.sha256(Path(path).read_bytes()).hexdigest() != expected:
        raise ValueError
def load(path):
    verify(path, EXPECTED)
    return joblib.load(path)
""",
    "helper that tells": """
def matches(data, expected):
    return hashlib.sha256(data).hexdigest() == expected
def load(data):
    if not matches(data, EXPECTED):
        raise ValueError
    return pickle.loads(data)
""",
    "helper that tells by branches": """
def fits(path):
    try:
        blob = Path(path).read_bytes()
    except OSError:
        return False
    if hashlib.sha256(blob).hexdigest() != EXPECTED:
        return False
    return True
def load(path):
    if fits(path):
        return joblib.load(path)
""",
    "helper of a helper": """
def digest_of(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
def check(path):
    compare(digest_of(path), EXPECTED)
def compare(actual, expected):
    if actual != expected:
        raise ValueError
def load(path):
    check(path)
    return joblib.load(path)
""",
    "helper that reads": """
def read_verified(path, expected):
    data = Path(path).read_bytes()
    if hashlib.sha256(data).hexdigest() != expected:
        raise ValueError
    return data
def load(path):
    data = read_verified(path, EXPECTED)
    return pickle.loads(data)
""",
    "helper that opens": """
@contextmanager
def opened(path):
    if hashlib.sha256(Path(path).read_bytes()).hexdigest() != EXPECTED:
        raise ValueError
    with open(path, "rb") as f:
        yield f
def load(path):
    with opened(path) as f:
        return pickle.load(f)
""",
    "helper within": """
def load(path):
    def check():
        if hashlib.sha256(Path(path).read_bytes()).hexdigest() != EXPECTED:
            raise ValueError
    check()
    return joblib.load(path)
""",
    "helper of elsewhere": """
from service.integrity import verify_sha256
def load(path):
    verify_sha256(path, EXPECTED)
    return joblib.load(path)
""",
    "helper of elsewhere that tells": """
def load(data, signature):
    if not verify_signature(data, signature):
        raise ValueError
    return pickle.loads(data)
""",
    "helper of elsewhere that tells of bad": """
def load(data, tag):
    if signature_mismatch(data, tag):
        raise ValueError
    return pickle.loads(data)
""",
    "check_integrity": """
def load(path, md5):
    if not check_integrity(path, md5):
        raise RuntimeError
    return torch.load(path)
""",
    "digest given to the helper": """
def fetch(url, sha256=None):
    data = requests.get(url, timeout=5).content
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError
    return data
def load(url):
    return pickle.loads(fetch(url, sha256=EXPECTED))
""",
    "helper that tells of bad": """
def is_tampered(data, tag):
    return not hmac.compare_digest(sign(data), tag)
def load(data, tag):
    if is_tampered(data, tag):
        raise ValueError
    return pickle.loads(data)
""",
    # Classes.
    "method": """
class Store:
    def load(self, path):
        self._verify(path)
        with open(path, "rb") as f:
            return pickle.load(f)
    def _verify(self, path):
        if hashlib.sha256(Path(path).read_bytes()).hexdigest() != self.expected:
            raise ValueError
""",
    "method over attributes": """
class Store:
    def load(self):
        self._verify()
        return joblib.load(self.path)
    def _verify(self):
        if hashlib.sha256(Path(self.path).read_bytes()).hexdigest() != self.expected:
            raise ValueError
""",
    "static method": """
class Store:
    @staticmethod
    def _digest(path):
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    def load(self):
        if Store._digest(self.path) != self.expected:
            raise ValueError
        return joblib.load(self.path)
""",
    # Async.
    "async": """
async def load(request):
    body = await request.body()
    if not hmac.compare_digest(sign(body), request.headers["x-signature"]):
        raise HTTPException(401)
    return pickle.loads(body)
""",
    "async helper": """
async def verify(path):
    if await sha256_of(path) != EXPECTED:
        raise ValueError
async def load(path):
    await verify(path)
    async with aiofiles.open(path, "rb") as f:
        return pickle.loads(await f.read())
""",
    "in a thread": """
def verify(path):
    if sha256_of(path) != EXPECTED:
        raise ValueError
async def load(path):
    await asyncio.to_thread(verify, path)
    return await asyncio.to_thread(lambda: torch.load(path))
""",
    "function within": """
async def load(path):
    if sha256_of(path) != EXPECTED:
        raise ValueError
    def work():
        return torch.load(path)
    return await run_in_threadpool(work)
""",
    # Blocks.
    "with a lock": """
def load(path):
    with self.lock:
        data = Path(path).read_bytes()
        if hashlib.sha256(data).hexdigest() != EXPECTED:
            raise ValueError
    return pickle.loads(data)
""",
    "loop": """
def load_all(paths):
    for path in paths:
        if sha256_of(path) != MANIFEST[path.name]:
            logger.warning("skipped")
            continue
        yield joblib.load(path)
""",
    "loop over what was checked": """
def load_all(paths):
    for path in paths:
        verify_sha256(path, MANIFEST[path.name])
    return [torch.load(path) for path in paths]
""",
    "all": """
def load_all(paths):
    if not all(sha256_of(path) == MANIFEST[path.name] for path in paths):
        raise ValueError
    return [torch.load(path) for path in paths]
""",
    "comprehension": """
def load_all(paths):
    return [torch.load(path) for path in paths if sha256_of(path) == MANIFEST[path.name]]
""",
    "retries": """
def load(url):
    for _ in range(3):
        data = requests.get(url, timeout=5).content
        if hashlib.sha256(data).hexdigest() == EXPECTED:
            break
    else:
        raise ValueError
    return pickle.loads(data)
""",
    "retries for ever": """
def load(url):
    while True:
        data = requests.get(url, timeout=5).content
        if hashlib.sha256(data).hexdigest() == EXPECTED:
            break
        time.sleep(1)
    return pickle.loads(data)
""",
    "entries of a manifest": """
def load_all(manifest):
    for entry in manifest["models"]:
        if sha256_of(entry["path"]) != entry["sha256"]:
            raise ValueError
        yield joblib.load(entry["path"])
""",
    "flag": """
def load(data, tag):
    ok = False
    if hmac.compare_digest(sign(data), tag):
        ok = True
    if not ok:
        raise ValueError
    return pickle.loads(data)
""",
    # Exceptions.
    "translated": """
def load(data, signature):
    try:
        public_key.verify(signature, data, padding, hashes.SHA256())
    except InvalidSignature as error:
        raise ValueError from error
    return pickle.loads(data)
""",
    "left": """
def load(data, signature):
    try:
        public_key.verify(signature, data)
    except InvalidSignature:
        return None
    return pickle.loads(data)
""",
    "load in the same try": """
def load(data, signature):
    try:
        public_key.verify(signature, data)
        return pickle.loads(data)
    except Exception:
        return None
""",
    "load in the else of try": """
def load(data, signature):
    try:
        public_key.verify(signature, data)
    except InvalidSignature:
        logger.error("signature")
    else:
        return pickle.loads(data)
""",
    "flag by try": """
def load(data, signature):
    try:
        public_key.verify(signature, data)
        ok = True
    except InvalidSignature:
        ok = False
    if not ok:
        raise ValueError
    return pickle.loads(data)
""",
    "finally": """
def load(path):
    f = open(path, "rb")
    try:
        if hashlib.sha256(f.read()).hexdigest() != EXPECTED:
            raise ValueError
    finally:
        f.close()
    return joblib.load(path)
""",
    # Libraries and commands.
    "PyCryptodome": """
def load(data, signature):
    h = SHA256.new(data)
    pkcs1_15.new(key).verify(h, signature)
    return pickle.loads(data)
""",
    "sigstore": """
def load(path, bundle):
    verifier = Verifier.production()
    verifier.verify_artifact(path.read_bytes(), bundle, policy.Identity(identity=ID, issuer=ISSUER))
    return joblib.load(path)
""",
    "Fernet": """
def load(blob):
    return pickle.loads(Fernet(KEY).decrypt(blob))
""",
    "Fernet in a variable": """
def load(blob):
    box = Fernet(KEY)
    plain = box.decrypt(blob)
    return pickle.loads(plain)
""",
    "itsdangerous": """
def load(cookie):
    return pickle.loads(Signer(KEY).unsign(cookie))
""",
    "pooch": """
def load(url):
    path = pooch.retrieve(url, known_hash="sha256:9f86d081884c7d659a2feaa0c55ad015")
    return joblib.load(path)
""",
    "sha256sum": """
def load(path):
    subprocess.run(["sha256sum", "-c", "--status", f"{path}.sha256"], check=True)
    return joblib.load(path)
""",
    "list of sums": """
def load():
    subprocess.run(["sha256sum", "--check", "SHA256SUMS"], check=True, cwd="models")
    return joblib.load("models/model.pkl")
""",
    "sums from input": """
def load(path):
    subprocess.run(["sha256sum", "-c"], input=f"{EXPECTED}  {path}", text=True, check=True)
    return joblib.load(path)
""",
    "check_call": """
def load(path):
    subprocess.check_call(["sha256sum", "-c", str(path) + ".sha256"])
    return joblib.load(path)
""",
    "cosign": """
def load(path):
    subprocess.run(
        ["cosign", "verify-blob", "--key", "cosign.pub", "--bundle", bundle, path], check=True
    )
    return joblib.load(path)
""",
    "gpg": """
def load(path):
    done = subprocess.run(["gpg", "--verify", path + ".sig", path], capture_output=True)
    if done.returncode != 0:
        raise ValueError
    return joblib.load(path)
""",
    "exit code of call": """
def load(path):
    if subprocess.call(["gpg", "--verify", path + ".sig", path]) != 0:
        raise ValueError
    return joblib.load(path)
""",
    "with nested open": """
def load(path):
    with open(path, "rb") as f:
        data = f.read()
        if hashlib.sha256(data).hexdigest() != EXPECTED:
            raise ValueError
        return pickle.loads(data)
""",
    "zip": """
def load_all(paths, sums):
    out = []
    for path, expected in zip(paths, sums):
        if sha256_of(path) != expected:
            continue
        out.append(torch.load(path))
""",
    "for items": """
def load_all(sums):
    for path, expected in sums.items():
        verify_sha256(path, expected)
        yield joblib.load(path)
""",
    "else raise": """
def load(path):
    if sha256_of(path) == EXPECTED:
        logger.info("ok")
    else:
        raise ValueError
    return joblib.load(path)
""",
    "sigstore verify": """
def load(path, bundle):
    Verifier.production().verify_artifact(input_=path.read_bytes(), bundle=bundle, policy=POLICY)
    return joblib.load(path)
""",
    "cosign shell": """
def load(path):
    subprocess.run(f"cosign verify-blob --key k.pub {path}", shell=True, check=True)
    return joblib.load(path)
""",
    "cmd var": """
def load(path):
    cmd = ["cosign", "verify-blob", "--key", KEY, str(path)]
    subprocess.run(cmd, check=True)
    return joblib.load(path)
""",
    "hash with walrus": """
def load(data):
    if (digest := hashlib.sha256(data).hexdigest()) != EXPECTED:
        raise ValueError(digest)
    return pickle.loads(data)
""",
    "self attr data": """
class A:
    def load(self):
        self.data = open(self.path,'rb').read()
        if hashlib.sha256(self.data).hexdigest() != self.expected:
            raise ValueError
        return pickle.loads(self.data)
""",
    "class verify returns bool": """
class A:
    def _ok(self, data, sig):
        return hmac.compare_digest(hmac.new(self.key, data, hashlib.sha256).digest(), sig)
    def load(self, data, sig):
        if not self._ok(data, sig):
            raise ValueError
        return pickle.loads(data)
""",
    "os._exit": """
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        os._exit(1)
    return pickle.loads(data)
""",
    "typer": """
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        raise typer.Exit(1)
    return pickle.loads(data)
""",
    "import from hashlib": """
from hashlib import sha256
def load(data):
    if sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "import compare": """
from hmac import compare_digest
def load(data):
    if not compare_digest(sha256(data).hexdigest(), EXPECTED):
        raise ValueError
    return pickle.loads(data)
""",
    "env expected": """
def load(data):
    if sha256(data).hexdigest() != os.environ["MODEL_SHA256"]:
        raise ValueError
    return pickle.loads(data)
""",
    "nested try open": """
def load(path):
    try:
        data = open(path,'rb').read()
    except OSError:
        return None
    if sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "settings expected": """
def load():
    if sha256_of(settings.model_path) != settings.model_sha256:
        raise ValueError
    return joblib.load(settings.model_path)
""",
    "args expected": """
def main(args):
    if hashlib.sha256(Path(args.model).read_bytes()).hexdigest() != args.sha256:
        raise SystemExit("bad")
    return joblib.load(args.model)
""",
    "manifest json": """
def load(path):
    manifest = json.loads(Path("manifest.json").read_text())
    if sha256_of(path) != manifest["sha256"]:
        raise ValueError
    return joblib.load(path)
""",
    "expected empty raise": """
def load(data, expected):
    if not expected:
        raise ValueError
    if sha256(data).hexdigest() != expected:
        raise ValueError
    return pickle.loads(data)
""",
    "casefold": """
def load(data, expected):
    if sha256(data).hexdigest().casefold() != expected.strip().casefold():
        raise ValueError
    return pickle.loads(data)
""",
    "request json sign": """
def load():
    body = request.get_json()
    raw = base64.b64decode(body["data"])
    mac = hmac.new(KEY, raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(mac, body["mac"]):
        abort(403)
    return pickle.loads(raw)
""",
    "nacl": """
def load(signed):
    data = verify_key.verify(signed)
    return pickle.loads(data)
""",
    # What is between.
    "decoded": """
def load(message, tag):
    payload = base64.b64decode(message)
    if not hmac.compare_digest(sign(payload), tag):
        raise ValueError
    return pickle.loads(zlib.decompress(payload))
""",
    "decoded under the same name": """
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    data = zlib.decompress(data)
    return pickle.loads(data)
""",
    "split off": """
def load(raw):
    tag, payload = raw[:32], raw[32:]
    if not hmac.compare_digest(hmac.new(KEY, payload, "sha256").digest(), tag):
        raise ValueError
    return pickle.loads(payload)
""",
    "all of it was signed": """
def load(raw, tag):
    if not hmac.compare_digest(sign(raw), tag):
        raise ValueError
    header, payload = raw.split(b".", 1)
    return pickle.loads(payload)
""",
    "path in pieces": """
def load(folder, name):
    path = os.path.join(folder, name)
    if sha256_of(path) != MANIFEST[name]:
        raise ValueError
    with open(path, "rb") as f:
        return pickle.load(f)
""",
    "path as Path": """
def load(path: str):
    file = Path(path).resolve()
    if hashlib.sha256(file.read_bytes()).hexdigest() != EXPECTED:
        raise ValueError
    return torch.load(path)
""",
    "module": """
MODEL = "model.pkl"
if sha256_of(MODEL) != EXPECTED:
    raise SystemExit("digest")
def load():
    return joblib.load(MODEL)
""",
    "literal path": """
verify_sha256("model.pkl", EXPECTED)
model = joblib.load("model.pkl")
""",
    "non-ASCII before": """
def load(data):
    é = "ä"; ok = hashlib.sha256(data).hexdigest() == EXPECTED
    return pickle.loads(data) if ok else é
""",
}

BAD = {
    # Changed after the check.
    "opened to be written": """
def check_sha256(path, wanted):
    if hashlib.sha256(open(path, 'rb').read()).hexdigest() != wanted:
        raise ValueError
def load(path, other, data):
    check_sha256(path, WANTED)
    with open(path, 'wb') as file:
        file.write(data)
    return pickle.load(open(path, 'rb'))
""",
    "opened to be written by its own method": """
def check_sha256(path, wanted):
    if hashlib.sha256(open(path, 'rb').read()).hexdigest() != wanted:
        raise ValueError
def load(path, other, data):
    check_sha256(path, WANTED)
    with path.open('r+b') as file:
        file.write(data)
    return pickle.load(open(path, 'rb'))
""",
    "moved onto": """
def check_sha256(path, wanted):
    if hashlib.sha256(open(path, 'rb').read()).hexdigest() != wanted:
        raise ValueError
def load(path, other, data):
    check_sha256(path, WANTED)
    os.replace(other, path)
    return pickle.load(open(path, 'rb'))
""",
    "moved onto by its own method": """
def check_sha256(path, wanted):
    if hashlib.sha256(open(path, 'rb').read()).hexdigest() != wanted:
        raise ValueError
def load(path, other, data):
    check_sha256(path, WANTED)
    other.rename(path)
    return pickle.load(open(path, 'rb'))
""",
    "the bytes themselves": """
def load(data, other):
    if hashlib.sha256(data).hexdigest() != WANTED:
        raise ValueError
    data[:] = other
    return pickle.loads(data)
""",
    # Switched off, and a shell that goes on.
    "switched off": """
def load(data):
    verify_checksum(data, WANTED, enabled=False)
    return pickle.loads(data)
""",
    "a command in the background": """
def load(path):
    subprocess.run("sha256sum -c SHA256SUMS & echo ok", shell=True, check=True)
    return pickle.load(open(path, 'rb'))
""",
    "a command into a pipe": """
def load(path):
    subprocess.run("sha256sum -c SHA256SUMS | tee log", shell=True, check=True)
    return pickle.load(open(path, 'rb'))
""",
    "a command and then": """
def load(path):
    subprocess.run("sha256sum -c SHA256SUMS; echo ok", shell=True, check=True)
    return pickle.load(open(path, 'rb'))
""",
    "a command on the next line": """
def load(path):
    subprocess.run("sha256sum -c SHA256SUMS\\necho ok", shell=True, check=True)
    return pickle.load(open(path, 'rb'))
""",
    # What is expected may be the digest itself.
    "or the digest": """
def load(data, path, wanted=None):
    digest = hashlib.sha256(data).hexdigest()
    wanted = wanted or digest
    if digest != wanted:
        raise ValueError
    return pickle.loads(data)
""",
    "the digest unless": """
def load(data, path, wanted=None):
    digest = hashlib.sha256(data).hexdigest()
    wanted = wanted if wanted else digest
    if digest != wanted:
        raise ValueError
    return pickle.loads(data)
""",
    "a default of get": """
def load(data, path, wanted=None):
    digest = hashlib.sha256(data).hexdigest()
    wanted = KNOWN.get(path, digest)
    if digest != wanted:
        raise ValueError
    return pickle.loads(data)
""",
    "a default of getattr": """
def load(data, path, wanted=None):
    digest = hashlib.sha256(data).hexdigest()
    wanted = getattr(config, 'sha256', digest)
    if digest != wanted:
        raise ValueError
    return pickle.loads(data)
""",
    "first use": """
def load(data, path, wanted=None):
    digest = hashlib.sha256(data).hexdigest()
    wanted = KNOWN.setdefault(path, digest)
    if digest != wanted:
        raise ValueError
    return pickle.loads(data)
""",
    "on a miss": """
def load(data, path, wanted=None):
    digest = hashlib.sha256(data).hexdigest()
    try:
        wanted = KNOWN[path]
    except KeyError:
        wanted = digest
    if digest != wanted:
        raise ValueError
    return pickle.loads(data)
""",
    "on a branch": """
def load(data, path, wanted=None):
    digest = hashlib.sha256(data).hexdigest()
    if not wanted:
        wanted = digest
    if digest != wanted:
        raise ValueError
    return pickle.loads(data)
""",
    "or the digest in place": """
def load(data, wanted):
    digest = hashlib.sha256(data).hexdigest()
    if not hmac.compare_digest(digest, wanted or digest):
        raise ValueError
    return pickle.loads(data)
""",
    "nothing": """
def load(data):
    return pickle.loads(data)
""",
    # The failure is swallowed.
    "try and pass": """
def load(data, signature):
    try:
        verify_signature(data, signature)
    except Exception:
        pass
    return pickle.loads(data)
""",
    "try and log": """
def load(data):
    try:
        if hashlib.sha256(data).hexdigest() != EXPECTED:
            raise ValueError
    except ValueError:
        logger.exception("digest")
    return pickle.loads(data)
""",
    "one handler of two goes on": """
def load(data, signature):
    try:
        public_key.verify(signature, data)
    except UnsupportedAlgorithm:
        raise
    except InvalidSignature:
        logger.warning("signature")
    return pickle.loads(data)
""",
    "suppress": """
def load(data, signature):
    with contextlib.suppress(Exception):
        verify_signature(data, signature)
    return pickle.loads(data)
""",
    "suppress by another name": """
from contextlib import suppress as s
def load(data, signature):
    with s(Exception):
        verify_signature(data, signature)
    return pickle.loads(data)
""",
    "swallowed in the helper": """
def verify_sha256(path, expected):
    try:
        if sha256_of(path) != expected:
            raise ValueError
    except ValueError:
        print("digest")
def load(path):
    verify_sha256(path, EXPECTED)
    return joblib.load(path)
""",
    "load in the handler": """
def load(data, signature):
    try:
        public_key.verify(signature, data)
    except InvalidSignature:
        return pickle.loads(data)
""",
    "load in finally": """
def load(data, signature):
    try:
        public_key.verify(signature, data)
    finally:
        model = pickle.loads(data)
    return model
""",
    "check in the else of a try that goes on": """
def load(path):
    try:
        data = path.read_bytes()
    except OSError:
        data = fallback
    else:
        if hashlib.sha256(data).hexdigest() != EXPECTED:
            raise ValueError
    return pickle.loads(data)
""",
    # The result is dropped.
    "result dropped": """
def load(data, signature):
    ok = verify_digest(data, signature)
    return pickle.loads(data)
""",
    "comparison dropped": """
def load(data):
    hashlib.sha256(data).hexdigest() == EXPECTED
    return pickle.loads(data)
""",
    "compare_digest dropped": """
def load(data, tag):
    hmac.compare_digest(sign(data), tag)
    return pickle.loads(data)
""",
    "compare_digest in a variable alone": """
def load(data, tag):
    ok = hmac.compare_digest(sign(data), tag)
    logger.info("ok %s", ok)
    return pickle.loads(data)
""",
    "helper that tells, dropped": """
def verify_sha256(path, expected):
    return sha256_of(path) == expected
def load(path):
    verify_sha256(path, EXPECTED)
    return joblib.load(path)
""",
    "gnupg, dropped": """
def load(path):
    gpg.verify_file(open(path + ".sig", "rb"), path)
    return joblib.load(path)
""",
    "old PyCrypto, dropped": """
def load(data, signature):
    PKCS1_v1_5.new(key).verify(SHA256.new(data), signature)
    return pickle.loads(data)
""",
    "coroutine not awaited": """
async def verify(path):
    if await sha256_of(path) != EXPECTED:
        raise ValueError
async def load(path):
    verify(path)
    return joblib.load(path)
""",
    "command without check": """
def load(path):
    subprocess.run(["sha256sum", "-c", f"{path}.sha256"])
    return joblib.load(path)
""",
    "command with check=False": """
def load(path):
    subprocess.run(["sha256sum", "-c", f"{path}.sha256"], check=False)
    return joblib.load(path)
""",
    "command or true": """
def load(path):
    subprocess.run(f"sha256sum -c {path}.sha256 || true", shell=True, check=True)
    return joblib.load(path)
""",
    "command that prints": """
def load(path):
    subprocess.run(["sha256sum", path], check=True)
    return joblib.load(path)
""",
    "command over another file": """
def load(path):
    subprocess.run(["sha256sum", "-c", "tokenizer.json.sha256"], check=True)
    return joblib.load(path)
""",
    "cosign of anybody": """
def load(path):
    subprocess.run(
        ["cosign", "verify-blob", "--certificate-identity-regexp", ".*", path], check=True
    )
    return joblib.load(path)
""",
    # Compared with nothing.
    "is None": """
def load(data):
    digest = hashlib.sha256(data).hexdigest()
    if digest is None:
        raise ValueError
    return pickle.loads(data)
""",
    "== None": """
def load(data):
    if hashlib.sha256(data).hexdigest() == None:
        raise ValueError
    return pickle.loads(data)
""",
    "!= None": """
def load(data):
    if hashlib.sha256(data).hexdigest() != None:
        return pickle.loads(data)
""",
    "not": """
def load(data):
    digest = hashlib.sha256(data).hexdigest()
    if not digest:
        raise ValueError
    return pickle.loads(data)
""",
    "truth": """
def load(data):
    if hashlib.sha256(data).hexdigest():
        return pickle.loads(data)
""",
    "empty": """
def load(data):
    if hashlib.sha256(data).hexdigest() != "":
        raise ValueError
    return pickle.loads(data)
""",
    "empty constant": """
EXPECTED = ""
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "too short": """
def load(data):
    if hashlib.sha256(data).hexdigest()[:4] != "9f86":
        raise ValueError
    return pickle.loads(data)
""",
    "length of the digest": """
def load(data, digest):
    if len(hashlib.sha256(data).hexdigest()) != 64:
        raise ValueError
    return pickle.loads(data)
""",
    "constants": """
def load(data):
    if "sha256" != "sha256":
        raise ValueError
    return pickle.loads(data)
""",
    "names of digests alone": """
def load(data, expected_hash, actual_hash):
    if expected_hash != actual_hash:
        raise ValueError
    return pickle.loads(data)
""",
    "with itself": """
def load(data):
    digest = hashlib.sha256(data).hexdigest()
    if digest != digest:
        raise ValueError
    return pickle.loads(data)
""",
    "with the same again": """
def load(data):
    expected = hashlib.sha256(data).hexdigest()
    if hashlib.sha256(data).hexdigest() != expected:
        raise ValueError
    return pickle.loads(data)
""",
    "with a digest that was sent along": """
def load(request):
    if hashlib.sha256(request.data).hexdigest() != request.headers["X-Digest"]:
        raise ValueError
    return pickle.loads(request.data)
""",
    "with a digest in the message": """
def load(raw):
    digest, payload = raw[:32], raw[32:]
    if hashlib.sha256(payload).digest() != digest:
        raise ValueError
    return pickle.loads(payload)
""",
    "with a digest from beside the file": """
def load(path):
    expected = Path(path + ".sha256").read_text()
    if sha256_of(path) != expected:
        raise ValueError
    return joblib.load(path)
""",
    "presence of a header": """
def load(request):
    signature = request.headers.get("X-Signature")
    if not signature:
        raise ValueError
    return pickle.loads(request.body)
""",
    "ending of a name": """
def load(path):
    if not path.endswith(".signed"):
        raise ValueError
    return joblib.load(path)
""",
    "builtin hash": """
def load(data):
    if hash(data) != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "CRC": """
def load(data):
    if zlib.crc32(data) != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    # Names.
    "name that ends so": """
def load(data, signature):
    if not log_signature(data, signature):
        raise ValueError
    return pickle.loads(data)
""",
    "skip_verify": """
def load(data, signature):
    skip_verify(data, signature)
    return pickle.loads(data)
""",
    "unverify": """
def load(data, signature):
    unverify_signature(data, signature)
    return pickle.loads(data)
""",
    "verify something else": """
def load(path, key):
    verify_signature_length(path, key)
    verify_hash_format(path, key)
    verify_path(path)
    return joblib.load(path)
""",
    "a key": """
def load(data, key):
    if not verify_api_key(key):
        raise ValueError
    return pickle.loads(data)
""",
    "has a signature": """
def load(data):
    if not has_signature(data):
        raise ValueError
    return pickle.loads(data)
""",
    "own function that does nothing": """
def verify_signature(data, signature):
    return True
def load(data, signature):
    if not verify_signature(data, signature):
        raise ValueError
    return pickle.loads(data)
""",
    "own function to be written": """
def verify_sha256(path, expected):
    ...
def load(path):
    verify_sha256(path, EXPECTED)
    return joblib.load(path)
""",
    "own function that logs": """
def verify_sha256(path, expected):
    if sha256_of(path) != expected:
        logger.warning("digest")
def load(path):
    verify_sha256(path, EXPECTED)
    return joblib.load(path)
""",
    "own function that returns early": """
def verify_sha256(path, expected, enabled):
    if not enabled:
        return
    if sha256_of(path) != expected:
        raise ValueError
def load(path, enabled):
    verify_sha256(path, EXPECTED, enabled)
    return joblib.load(path)
""",
    "own function true on error": """
def matches(path, expected):
    try:
        return sha256_of(path) == expected
    except Exception:
        return True
def load(path):
    if not matches(path, EXPECTED):
        raise ValueError
    return joblib.load(path)
""",
    "own function that ignores it": """
def verify_sha256(path, expected):
    if sha256_of("other.pkl") != expected:
        raise ValueError
def load(path):
    verify_sha256(path, EXPECTED)
    return joblib.load(path)
""",
    "own digest that is none": """
def sha256_of(path):
    return "9f86d081884c7d659a2feaa0c55ad015"
def load(path):
    if sha256_of(path) != EXPECTED:
        raise ValueError
    return joblib.load(path)
""",
    "own method that does nothing": """
class Store:
    def verify_signature(self, data, signature):
        pass
    def load(self, data, signature):
        self.verify_signature(data, signature)
        return pickle.loads(data)
""",
    "abort of a transaction": """
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        transaction.abort()
    return pickle.loads(data)
""",
    "own abort that comes back": """
def abort(text):
    print(text)
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        abort("digest")
    return pickle.loads(data)
""",
    # Another way.
    "only logs": """
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        logger.warning("digest")
    return pickle.loads(data)
""",
    "sibling branch": """
def load(data, local):
    if local:
        if hashlib.sha256(data).hexdigest() != EXPECTED:
            raise ValueError
    else:
        return pickle.loads(data)
""",
    "one branch of two": """
def load(data, local):
    if not local:
        if hashlib.sha256(data).hexdigest() != EXPECTED:
            raise ValueError
    return pickle.loads(data)
""",
    "switch": """
def load(data, tag):
    if DEBUG:
        if not hmac.compare_digest(sign(data), tag):
            raise ValueError
    return pickle.loads(data)
""",
    "switch named so": """
def load(data, tag):
    if verify_hash:
        if not hmac.compare_digest(sign(data), tag):
            raise ValueError
    return pickle.loads(data)
""",
    "switch by and": """
def load(data, strict):
    if strict and hashlib.sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "or something easier": """
def load(data, local):
    if local or hashlib.sha256(data).hexdigest() == EXPECTED:
        return pickle.loads(data)
""",
    "function never called": """
def load(data):
    def check():
        if hashlib.sha256(data).hexdigest() != EXPECTED:
            raise ValueError
    return pickle.loads(data)
""",
    "where it fits it is refused": """
def load(data):
    if hashlib.sha256(data).hexdigest() == EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "wrong branch": """
def load(data):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        return pickle.loads(data)
""",
    "assert": """
def load(data):
    assert hashlib.sha256(data).hexdigest() == EXPECTED
    return pickle.loads(data)
""",
    "assert in a helper": """
def verify_sha256(path, expected):
    assert sha256_of(path) == expected
def load(path):
    verify_sha256(path, EXPECTED)
    return joblib.load(path)
""",
    "loop over signatures": """
def load(data, signatures):
    for signature in signatures:
        if not verify_signature(data, signature):
            break
    return pickle.loads(data)
""",
    "loop over none": """
def load(data, signatures):
    for signature in signatures:
        verify_signature(data, signature)
    return pickle.loads(data)
""",
    "retries and gives up": """
def load(url):
    for _ in range(3):
        data = requests.get(url, timeout=5).content
        if hashlib.sha256(data).hexdigest() == EXPECTED:
            break
    return pickle.loads(data)
""",
    "all signatures": """
def load(data, signatures):
    if not all(verify_signature(data, signature) for signature in signatures):
        raise ValueError
    return pickle.loads(data)
""",
    "after": """
def load(data, signature):
    model = pickle.loads(data)
    verify_signature(data, signature)
    return model
""",
    "in a lambda": """
def load(data):
    check = lambda: verify_sha256(data, EXPECTED)
    return pickle.loads(data)
""",
    # Something else.
    "another file": """
def load(path, other):
    if sha256_of(other) != EXPECTED:
        raise ValueError
    return joblib.load(path)
""",
    "another file of the same folder": """
def load(folder):
    weights = folder / "weights.pkl"
    config = folder / "config.json"
    if hashlib.sha256(config.read_bytes()).hexdigest() != EXPECTED:
        raise ValueError
    return joblib.load(weights)
""",
    "another file of the same name": """
def load(path):
    verify_sha256(path.with_suffix(".json"), EXPECTED)
    return joblib.load(path)
""",
    "another element": """
def load(files):
    if sha256_of(files["config"]) != EXPECTED:
        raise ValueError
    return joblib.load(files["model"])
""",
    "part of it": """
def load(path):
    if hashlib.sha256(open(path, "rb").read(1024)).hexdigest() != EXPECTED:
        raise ValueError
    return joblib.load(path)
""",
    "its beginning": """
def load(data):
    if hashlib.sha256(data[:64]).hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "header that was signed": """
def load(raw, tag):
    header, payload = raw.split(b".", 1)
    if not hmac.compare_digest(sign(header), tag):
        raise ValueError
    return pickle.loads(payload)
""",
    "its name": """
def load(path):
    if hashlib.sha256(path.encode()).hexdigest() != EXPECTED:
        raise ValueError
    return joblib.load(path)
""",
    "its name, opened later": """
def load(path):
    if hashlib.sha256(str(path).encode()).hexdigest() != EXPECTED:
        raise ValueError
    with open(path, "rb") as f:
        return pickle.load(f)
""",
    "its address": """
def load(url):
    if hashlib.sha256(url.encode()).hexdigest() not in KNOWN:
        raise ValueError
    return pickle.loads(requests.get(url, timeout=5).content)
""",
    "nothing was hashed": """
def load(data):
    h = hashlib.sha256()
    if h.hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "sometimes hashed": """
def load(data, other):
    h = hashlib.sha256(other)
    if DEBUG:
        h = hashlib.sha256(data)
    if h.hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "name given anew": """
def load(data, other):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    data = other.read()
    return pickle.loads(data)
""",
    "name given anew after hashing": """
def load(data, other):
    digest = hashlib.sha256(data).hexdigest()
    data = other.read()
    if digest != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "more was added": """
def load(data, other):
    if hashlib.sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    data += other
    return pickle.loads(data)
""",
    "fetched twice": """
def load(url):
    if hashlib.sha256(requests.get(url).content).hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(requests.get(url).content)
""",
    "downloaded again": """
def load(url, path):
    verify_sha256(path, EXPECTED)
    urllib.request.urlretrieve(url, path)
    return joblib.load(path)
""",
    "one of two origins": """
def load(a, b, first):
    verify_sha256(b, EXPECTED)
    if first:
        path = a
    else:
        path = b
    return joblib.load(path)
""",
    "trusted user": """
def load(user, data):
    if not is_trusted(user):
        raise PermissionError
    return pickle.loads(data)
""",
    "a password": """
def load(self, data, password):
    self.verify_password(password)
    return pickle.loads(data)
""",
    "no digest was given": """
def fetch(url, sha256=None):
    data = requests.get(url, timeout=5).content
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError
    return data
def load(url):
    return pickle.loads(fetch(url))
""",
    "no digest was given to the helper": """
def verify(path, expected=None):
    if expected is None:
        return
    if sha256_of(path) != expected:
        raise ValueError
def load(path):
    verify(path)
    return joblib.load(path)
""",
    "coroutine for a condition": """
async def matches(path):
    return await sha256_of(path) == EXPECTED
async def load(path):
    if not matches(path):
        raise ValueError
    return joblib.load(path)
""",
    "own function that forgets": """
def is_tampered(data, tag):
    if STRICT:
        return not hmac.compare_digest(sign(data), tag)
def load(data, tag):
    if is_tampered(data, tag):
        raise ValueError
    return pickle.loads(data)
""",
    "the first of many": """
def load_all(paths):
    for path in paths[:1]:
        verify_sha256(path, MANIFEST[path.name])
    return [torch.load(path) for path in paths]
""",
    "except tuple pass": """
def load(data, sig):
    try:
        key.verify(sig, data)
    except (InvalidSignature, ValueError) as e:
        logger.warning(e)
    return pickle.loads(data)
""",
    "finally return swallow": """
def verify(path):
    try:
        if sha256_of(path) != EXPECTED:
            raise ValueError
    finally:
        return
def load(path):
    verify(path)
    return joblib.load(path)
""",
    "loop first break before": """
def load_all(paths):
    for path in paths:
        if skip:
            break
        verify_sha256(path, M[path])
    return [torch.load(path) for path in paths]
""",
    "if False": """
def load(data):
    if False and sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "or true": """
def load(data):
    if sha256(data).hexdigest() == EXPECTED or True:
        return pickle.loads(data)
""",
    "while one": """
def load(data):
    while sha256(data).hexdigest() != EXPECTED:
        break
    return pickle.loads(data)
""",
    "expected None const": """
EXPECTED = None
def load(data):
    if EXPECTED and sha256(data).hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "warn": """
def load(data):
    if sha256(data).hexdigest() != EXPECTED:
        warnings.warn("digest")
        ok = False
    return pickle.loads(data)
""",
    "raise in lambda": """
def load(data):
    if sha256(data).hexdigest() != EXPECTED:
        on_bad = lambda: abort(1)
    return pickle.loads(data)
""",
    "return in nested def": """
def load(data):
    if sha256(data).hexdigest() != EXPECTED:
        def f():
            return None
    return pickle.loads(data)
""",
    "with custom swallow": """
class Quiet:
    def __enter__(self): return self
    def __exit__(self, *a): return True
def load(data, sig):
    with Quiet():
        key.verify(sig, data)
    return pickle.loads(data)
""",
    "own cm swallow": """
@contextmanager
def guard():
    try:
        yield
    except Exception:
        pass
def load(data, sig):
    with guard():
        key.verify(sig, data)
    return pickle.loads(data)
""",
    "jwt decode unrelated": """
def load(data, token):
    jwt.decode(token, KEY, algorithms=["HS256"])
    return pickle.loads(data)
""",
    "verify=False": """
def load(url):
    data = requests.get(url, verify=True).content
    return pickle.loads(data)
""",
    "isinstance": """
def load(data):
    if not isinstance(data, bytes):
        raise ValueError
    return pickle.loads(data)
""",
    "digest in str const": """
def load(data):
    if sha256(data).hexdigest() not in "":
        raise ValueError
    return pickle.loads(data)
""",
    "empty hash upd": """
def load(data):
    h = hashlib.sha256()
    h.update(b"constant")
    if h.hexdigest() != EXPECTED:
        raise ValueError
    return pickle.loads(data)
""",
    "self-signed key": """
def load(data):
    if not hmac.compare_digest(sign(data), sign(data)):
        raise ValueError
    return pickle.loads(data)
""",
    "expected from helper of same data": """
def load(path):
    expected = sha256_of(path)
    verify_sha256(path, expected)
    return joblib.load(path)
""",
    "hashed expected arg": """
def load(data):
    if sha256(EXPECTED).hexdigest() != EXPECTED_HASH:
        raise ValueError
    return pickle.loads(data)
""",
    "thread not awaited": """
async def load(path):
    asyncio.to_thread(verify_sha256, path, EXPECTED)
    return joblib.load(path)
""",
    "Thread start": """
def load(path):
    threading.Thread(target=verify_sha256, args=(path, EXPECTED)).start()
    return joblib.load(path)
""",
    "create_task": """
async def load(path):
    asyncio.create_task(verify_signature(path, SIG))
    return joblib.load(path)
""",
    "gather return_exceptions": """
async def load(path):
    await asyncio.gather(verify_signature(path, SIG), return_exceptions=True)
    return joblib.load(path)
""",
    "try verify return in finally": """
def load(data, sig):
    try:
        key.verify(sig, data)
    except InvalidSignature:
        raise
    finally:
        return pickle.loads(data)
""",
    "in loop continue not dominated": """
def load_all(paths):
    for path in paths:
        for other in paths:
            if sha256_of(other) != M[other]:
                continue
        yield joblib.load(path)
""",
    "verify in except": """
def load(path, sig):
    try:
        m = open(path)
    except OSError:
        verify_signature(path, sig)
    return joblib.load(path)
""",
    "encrypted only": """
def load(blob):
    return pickle.loads(Cipher(KEY).decrypt(blob))
""",
    "pooch without a hash": """
def load(url):
    path = pooch.retrieve(url, known_hash=None)
    return joblib.load(path)
""",
    "shadowed in a function within": """
def load(path):
    verify_sha256(path, EXPECTED)
    def work(path):
        return joblib.load(path)
    return work
""",
}


def loads_in(tree: ast.Module) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Where the loads begin and end, in the order of the text."""
    return sorted(
        ((node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in LOADS
    )


def judged(source: str) -> bool:
    tree = ast.parse(source)
    first, last = loads_in(tree)[-1]
    return verified(tree, first, last)


@pytest.mark.parametrize("name", GENUINE)
def test_a_load_that_was_verified_is_excused(name: str) -> None:
    assert judged(GENUINE[name])


@pytest.mark.parametrize("name", BAD)
def test_a_load_that_was_not_is_kept(name: str) -> None:
    assert not judged(BAD[name])


@pytest.mark.parametrize(
    "lines",
    [
        "h.update(d{0}[:3])\nif h.hexdigest() != E:\n    raise X\nm = joblib.load(p)",
        "check(p{0})\nm = joblib.load(p{0}x)",
        "loop(p)\nm = joblib.load(p)",
        "if sha256_of(p{0}) != E and DEBUG:\n    raise X\nm = joblib.load(p{0})",
    ],
)
def test_many_loads_and_checks_are_judged_in_bounded_time(lines: str) -> None:
    text = "def check(p):\n    log(p)\ndef loop(p):\n    twin(p)\n    twin(p)\n"
    text += "def twin(p):\n    loop(p)\n    loop(p)\nh = hashlib.sha256()\n"
    tree = ast.parse(text + "\n".join(lines.format(number) for number in range(300)))
    loads = Loads(Module(tree))
    begun = time.process_time()
    assert not any(loads.verified(first, last) for first, last in loads_in(tree))
    assert time.process_time() - begun < 20


def test_many_verified_loads_are_all_excused() -> None:
    text = "\n".join(
        f"d{at} = open('m{at}', 'rb').read()\nif hashlib.sha256(d{at}).hexdigest() != E:\n"
        f"    raise ValueError\nm{at} = pickle.loads(d{at})"
        for at in range(300)
    )
    tree = ast.parse(text)
    loads = Loads(Module(tree))
    assert all(loads.verified(first, last) for first, last in loads_in(tree))
