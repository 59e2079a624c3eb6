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
