app.post("/read", async (req, res) => {
  // ruleid: caller-chosen-url
  const a = await fetch(req.body.url);
  const target = req.query.image_url;
  // ruleid: caller-chosen-url
  const b = await axios.get(target, { responseType: "arraybuffer" });
  // ok: caller-chosen-url
  const c = await fetch(`https://models.example.org/v1/${req.params.model}`);
  // ok: caller-chosen-url
  const d = await fetch(UPSTREAMS[req.body.provider]);
  // ok: caller-chosen-url
  const e = await fetch("https://models.example.org/v1", { method: "POST", body: req.body });
  // ok: caller-chosen-url
  const f = await fetch(`${API_BASE}/generate?q=${req.query.q}`);
});

app.post("/checked", async (req, res) => {
  const url = req.body.url;
  assertPublicAddress(url);
  // ok: caller-chosen-url
  const page = await fetch(url);
});

app.post("/listed", async (req, res) => {
  const address = new URL(req.body.url);
  if (!ALLOWED_HOSTS.has(address.hostname)) {
    return res.status(400).end();
  }
  // ok: caller-chosen-url
  const page = await fetch(address);
});

app.post("/warned", async (req, res) => {
  const { url } = req.body;
  if (!ALLOWED_HOSTS.has(new URL(url).hostname)) {
    console.warn("unknown host");
  }
  // ruleid: caller-chosen-url
  const page = await fetch(url);
});

app.post("/isolated", async ({ body }, res) => {
  // ruleid: caller-chosen-url
  const page = await fetch(body["url"]);
});

app.post("/refused", async (req, res) => {
  const { url } = req.body;
  if (!ALLOWED_HOSTS.has(new URL(url).hostname)) {
    return res.status(400).end();
  }
  // ok: caller-chosen-url
  const page = await fetch(url);
});

app.post("/own", async (req, res) => {
  const url = `https://models.example.org/v1/${req.params.model}`;
  // ok: caller-chosen-url
  const page = await fetch(url);
  const path = "/api/models/" + req.params.model;
  // ok: caller-chosen-url
  const answer = await api.get(path);
  // ok: caller-chosen-url
  if (axios.isAxiosError(req.body)) throw new Error("no");
  // ok: caller-chosen-url
  const client = axios.create({ baseURL: "/api", headers: req.headers });
  // ok: caller-chosen-url
  await axios.post("/api/generate", req.body);
});
