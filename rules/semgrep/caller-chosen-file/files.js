const fs = require("fs");
const path = require("path");

app.get("/models/:name", (req, res) => {
  // ruleid: caller-chosen-file
  const a = fs.readFileSync(path.join(MODELS, req.params.name));
  // ruleid: caller-chosen-file
  res.sendFile(path.join(MODELS, req.query.file));
  // ok: caller-chosen-file
  const b = fs.readFileSync(path.join(MODELS, path.basename(req.params.name)));
  // ok: caller-chosen-file
  const c = fs.readFileSync(FILES[req.params.name]);
  // ok: caller-chosen-file
  res.sendFile(req.params.name, { root: MODELS });
  // ok: caller-chosen-file
  fs.writeFileSync("/var/log/last.json", JSON.stringify(req.body));
});

app.get("/checked/:name", (req, res) => {
  const full = path.resolve(MODELS, req.params.name);
  if (!full.startsWith(MODELS + path.sep)) {
    return res.status(404).end();
  }
  // ok: caller-chosen-file
  res.send(fs.readFileSync(full));
});

app.post("/upload", upload.single("document"), (req, res) => {
  // ok: caller-chosen-file
  fs.createReadStream(req.file.path).pipe(store());
  // ok: caller-chosen-file
  fs.unlinkSync(path.join("uploads", req.file.filename));
  // ruleid: caller-chosen-file
  fs.writeFileSync(path.join("uploads", req.file.originalname), req.file.buffer);
});

app.get("/warned/:name", (req, res) => {
  const full = path.resolve(MODELS, req.params.name);
  if (!full.startsWith(MODELS + path.sep)) {
    console.warn("outside");
  }
  // ruleid: caller-chosen-file
  res.send(fs.readFileSync(full));
});

app.get("/named/:name", (req, res) => {
  const { name } = req.params;
  if (!/^[\w-]+$/.test(name)) {
    return res.status(404).end();
  }
  // ok: caller-chosen-file
  res.send(fs.readFileSync(`models/${name}.json`));
});

app.get("/inside/:name", ({ params }, res) => {
  // ruleid: caller-chosen-file
  res.sendFile(path.join(MODELS, params.name));
});
